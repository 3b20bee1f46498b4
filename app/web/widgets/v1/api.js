// How a widget asks the service: one place for tokens, cancelling, and what can go wrong.

const RETRIES = 2;
const MAX_WAIT_SECONDS = 30;
const PATIENCE_MS = 20_000;
const KINDS = {
  401: "signed_out",
  403: "forbidden",
  409: "refused",
  412: "stale",
  422: "invalid",
  429: "too_many",
  503: "unavailable",
};
const PASSING = ["busy", "too_many"];

/** Why there is no answer. `kind` is a text's key behind `problem.`; `fields` are places at fault. */
export class Problem extends Error {
  constructor(
    kind,
    { reference = "", seconds = 0, fields = [], status = 0, type = "", title = "" } = {},
  ) {
    super(kind);
    Object.assign(this, { kind, reference, seconds, fields, status, type, title });
  }

  /** The same problem, of a kind of its own: it was waited for, and is there still. */
  given(up) {
    this.kind = `${this.kind}_${up}`;
    return this;
  }
}

/** Asks the service at `base`, with a token that `provideToken({ renew })` gives (or nothing). */
export class Api {
  #token = null;
  #asking = null;

  constructor(base, provideToken) {
    this.base = base;
    this.provideToken = provideToken;
  }

  /** The JSON answer to a POST. `onWait(problem)` hears of a pause before it is tried again. */
  post(path, body, options = {}) {
    const sent = { method: "POST", body: JSON.stringify(body) };
    const headers = { "Content-Type": "application/json", ...options.headers };
    return this.#ask(path, { ...sent, headers }, options);
  }

  /** The same by PUT, which replaces a record. */
  put(path, body, options = {}) {
    const sent = { method: "PUT", body: JSON.stringify(body) };
    const headers = { "Content-Type": "application/json", ...options.headers };
    return this.#ask(path, { ...sent, headers }, options);
  }

  /** The answer to a GET; `open` where the route needs no token. */
  get(path, options = {}) {
    return this.#ask(path, { method: "GET", headers: { ...options.headers } }, options);
  }

  async #ask(path, sent, { signal, onWait, open = false } = {}) {
    let renewed = false;
    for (let tries = 0; ; tries += 1) {
      const token = open ? null : await this.#currentToken(false);
      const answer = await this.#send(path, sent, token, signal);
      if (answer.ok) {
        const json = await answer.json();
        return { json, etag: answer.headers.get("ETag"), status: answer.status };
      }
      if (answer.status === 401 && !open && !renewed) {
        renewed = true;
        if (await this.#currentToken(true, token)) continue;
      }
      await waitOut(await told(answer), tries, { signal, onWait });
    }
  }

  async #send(path, sent, token, signal) {
    const headers = { Accept: "application/json", ...sent.headers };
    if (token) headers.Authorization = `Bearer ${token}`;
    const silence = AbortSignal.timeout(PATIENCE_MS);
    try {
      return await fetch(new URL(path, this.base), {
        ...sent,
        headers,
        signal: signal ? AbortSignal.any([signal, silence]) : silence,
        mode: "cors",
        credentials: "omit",
        cache: "no-store",
        referrerPolicy: "no-referrer",
      });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Problem(error.name === "TimeoutError" ? "silent" : "offline");
    }
  }

  // Several questions at once ask for one token together.
  async #currentToken(renew, stale = null) {
    if (renew && this.#token !== stale) return this.#token;
    if (this.#token && !renew) return this.#token;
    this.#asking ??= Promise.resolve(this.provideToken({ renew })).finally(() => {
      this.#asking = null;
    });
    this.#token = (await this.#asking) || null;
    return this.#token;
  }

  /** Forget the token, as when the page names another. */
  forget() {
    this.#token = null;
  }
}

async function told(answer) {
  const problem = await answer.json().catch(() => ({}));
  const wait = Math.min(Number(answer.headers.get("Retry-After")) || 1, MAX_WAIT_SECONDS);
  const more = {
    reference: problem.request_id ?? answer.headers.get("X-Request-ID") ?? "",
    fields: problem.errors ?? [],
    status: answer.status,
    type: problem.type ?? "",
    title: problem.title ?? "",
  };
  const kind = nameProblem(answer.status, more.type);
  return new Problem(kind, { ...more, seconds: PASSING.includes(kind) ? wait : 0 });
}

function nameProblem(status, type) {
  if (status === 503 && type.endsWith("/busy")) return "busy";
  if (status === 409 && type.endsWith("/incomplete-request")) return "incomplete";
  return KINDS[status] ?? "unknown";
}

// What passes is waited for, a few times.
async function waitOut(problem, tries, { signal, onWait }) {
  if (problem.seconds === 0) throw problem;
  if (tries >= RETRIES) throw problem.given("still");
  onWait?.(problem);
  await pause(problem.seconds, signal);
}

/** Resolves after `seconds`, or rejects where it is cancelled. */
export function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, seconds * 1000);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new DOMException("cancelled", "AbortError"));
    });
  });
}
