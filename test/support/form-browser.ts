import { Agent, fetch, type Headers } from 'undici';

/** One page as a browser without scripts sees it. */
export interface SeenPage {
  status: number;
  /** Where a redirect leads; null for a page. */
  location: string | null;
  title: string;
  text: string;
  headers: Headers;
}

/** A browser that knows cookies and forms, and no more: it does not follow redirects, so that each can be looked at. */
export class FormBrowser {
  readonly cookies = new Map<string, string>();
  readonly #from: Agent;
  #page: SeenPage | null = null;

  constructor(
    /** As `http://127.0.0.1:4000`. */
    private readonly origin: string,
    /** Of this machine; another one is another visitor. */
    address = '127.0.0.1',
  ) {
    this.#from = new Agent({ localAddress: address });
  }

  get page(): SeenPage {
    if (!this.#page) throw new Error('No page is open.');
    return this.#page;
  }

  open(path: string): Promise<SeenPage> {
    return this.#send('GET', path);
  }

  /**
   * Fills the form of the page that is open, as its hidden fields go along, and sends it.
   *
   * @param button the text of the button that is pressed; left out, the first.
   */
  submit(values: Record<string, string> = {}, button?: string): Promise<SeenPage> {
    const { text } = this.page;
    const form = text.match(/<form[\s\S]*?<\/form>/g)?.find((each) => !button || each.includes(`>${button}</button>`));
    if (!form) throw new Error(`There is no form${button ? ` with a button "${button}"` : ''} on: ${this.page.title}`);
    const fields = new URLSearchParams();
    for (const [tag] of form.matchAll(/<input[^>]*>/g)) {
      const name = attribute(tag, 'name');
      if (name !== null) fields.set(name, values[name] ?? attribute(tag, 'value') ?? '');
    }
    const unknown = Object.keys(values).find((name) => !fields.has(name));
    if (unknown !== undefined) throw new Error(`The form has no field ${unknown}.`);
    const tags = [...form.matchAll(/<button[^>]*>([^<]*)<\/button>/g)];
    const [pressed] = (button ? tags.find(([, label]) => label === button) : tags[0]) ?? [''];
    const name = attribute(pressed, 'name');
    if (name !== null) fields.set(name, attribute(pressed, 'value') ?? '');
    return this.post(attribute(pressed, 'formaction') ?? attribute(form, 'action')!, fields); // each form says where to
  }

  post(path: string, fields: URLSearchParams | Record<string, string>): Promise<SeenPage> {
    return this.#send('POST', path, new URLSearchParams(fields));
  }

  async #send(method: string, path: string, body?: URLSearchParams): Promise<SeenPage> {
    const response = await fetch(new URL(path, this.origin), {
      method,
      body,
      redirect: 'manual',
      dispatcher: this.#from,
      headers: {
        ...(this.cookies.size > 0 && { cookie: [...this.cookies].map(([n, v]) => `${n}=${v}`).join('; ') }),
        ...(method === 'POST' && { origin: this.origin }),
      },
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      if (value) this.cookies.set(name!, value);
      else this.cookies.delete(name!);
    }
    const text = await response.text();
    this.#page = {
      status: response.status,
      location: response.headers.get('location'),
      title: decoded(/<h1>([^<]*)<\/h1>/.exec(text)?.[1] ?? ''),
      text,
      headers: response.headers,
    };
    return this.#page;
  }
}

function attribute(tag: string, name: string): string | null {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];
  return value === undefined ? null : decoded(value);
}

function decoded(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
}
