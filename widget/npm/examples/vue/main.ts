import { createApp } from "vue";
import { createSignpost } from "@signpost/widget/vue";
import App from "./App.vue";

createApp(App).use(createSignpost({ host: "https://help.example.com", site: "shop" })).mount("#app");
