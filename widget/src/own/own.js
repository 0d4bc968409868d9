// The customer's requests, and one of them with what was written. Fetched when somebody wants to see them.
export { conversationView as conversation } from "./conversation.js";
export { requestsView as requests } from "./requests.js";
