// One request to the help centre. Simple requests only (no header of our own, text/plain bodies), so that browsers ask
// no leave beforehand; no cookie ever goes along. XMLHttpRequest, because pages wrap fetch more often than they do it well.

export class Failure extends Error {
  // `status` 0: nothing came, too late, or what came was not ours (a login page, half a document).
  constructor(status, problem = {}) {
    super(problem.message || `no answer (${status})`);
    this.status = status;
    this.problem = problem;
  }

  // Whether the server said no for good; else it may have done what it was asked to all the same.
  get refused() {
    return this.status >= 400 && this.status < 500 && this.status !== 408 && this.status !== 429;
  }
}

const QUICK = 900;

// Resolves with JSON, rejects with Failure. What only asks (a GET, or what can be stopped by its
// `signal`) and fails at once is tried a second time within `wait`.
export function request(url, { body, wait = 3000, signal } = {}) {
  const began = Date.now();
  return once(url, body, wait, signal).catch((failure) => {
    const spent = Date.now() - began;
    if ((body && !signal) || failure.refused || failure.aborted || spent > QUICK) throw failure;
    return new Promise((done) => setTimeout(done, 350)).then(() => once(url, body, wait - spent - 350, signal));
  });
}

function once(url, body, wait, signal) {
  return new Promise((resolve, reject) => {
    const asked = new XMLHttpRequest();
    const timer = setTimeout(() => end(0), wait);
    asked.open(body ? "POST" : "GET", url);
    asked.responseType = "json";
    asked.onload = () => end(asked.status);
    asked.onerror = asked.onabort = () => end(0);
    if (signal) signal.onabort = () => { end(0, true); };
    asked.send(body);

    function end(status, aborted) {
      clearTimeout(timer);
      asked.onabort = null;
      // Half a document is none, nor is a login page.
      const answer = /json/.test(asked.getResponseHeader("content-type")) && asked.response;
      if (!status) asked.abort();
      else if (Object(answer) === answer && status < 300) return resolve(answer);
      const problem = answer?.error || {};
      // Asked too often: what somebody in danger must be told stands all the same.
      if ((signal || !body) && problem.urgent) return resolve({ ...problem, results: [] });
      const failure = new Failure(answer || status > 499 || status === 429 ? status : 0, problem);
      failure.aborted = aborted;
      reject(failure);
    }
  });
}
