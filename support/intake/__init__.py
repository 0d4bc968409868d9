"""From a form, widget, API or mail to a checked submission."""
