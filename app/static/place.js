// The path this help centre lies below, "" at the top of its host. Others may be on the same host, so what is kept in the
// browser has it in its name, or one's questions would come with a request to the other.
export const below = /^https?:/.test(import.meta.url) ? new URL("..", import.meta.url).pathname.slice(0, -1) : "";

export const entryName = (name) => `signpost:${name}${below}`;
