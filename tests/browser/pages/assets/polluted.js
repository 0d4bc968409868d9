// What old libraries do to a page.
Object.prototype.extra = function () { return "extra"; };
Array.prototype.last = function () { return this[this.length - 1]; };
Array.prototype.toJSON = function () { return "[" + this.join(",") + "]"; };
String.prototype.toJSON = function () { return JSON.stringify(this + ""); };
Array.prototype.remove = function () { throw new Error("an old remove"); };
Array.prototype.flat = Array.prototype.flatMap = undefined;
Function.prototype.bind = function (self) { const original = this; return function () { return original.apply(self, arguments); }; };
window.fetch = function () { throw new Error("a broken fetch"); };
window.$ = window.h = window.t = window.app = window.core = "taken";
window.name = "a name";
window.Element = class {};
Element.prototype = {};
window.CustomEvent = undefined;
