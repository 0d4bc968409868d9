import { Component, provideExperimentalZonelessChangeDetection } from "@angular/core";
import { bootstrapApplication } from "@angular/platform-browser";
import { injectSignpost, provideSignpost } from "@signpost/widget/angular";

@Component({
  selector: "app-root",
  template: `
    <button type="button" (click)="help.contact({ subject: 'My order' })">
      Help @if (help.state().unread) { <span>{{ help.state().unread }}</span> }
    </button>
  `,
})
export class App {
  readonly help = injectSignpost();
}

bootstrapApplication(App, {
  providers: [provideExperimentalZonelessChangeDetection(), provideSignpost({ host: "https://help.example.com", site: "shop" })],
});
