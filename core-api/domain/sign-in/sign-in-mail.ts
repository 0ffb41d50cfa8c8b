import { DomainError } from '../errors.js';
import type { Mail, Mailer } from '../ports.js';

/** The minutes that links in mails are good for. */
export const MINUTES = { MAGIC_LINK: 15, PASSWORD_RESET: 30, REGISTRATION: 60, INVITATION: 7 * 24 * 60 } as const;

const PATHS = {
  MAGIC_LINK: '/sign-in/magic-link',
  PASSWORD_RESET: '/sign-in/password-reset',
  REGISTRATION: '/sign-in/register',
  INVITATION: '/sign-in/invitation',
} as const;
type Linked = keyof typeof PATHS;

interface Company {
  name: string;
  slug: string;
}

const SUBJECTS: Record<Linked, (name: string) => string> = {
  MAGIC_LINK: (name) => `Sign in to ${name}`,
  PASSWORD_RESET: (name) => `A new password for ${name}`,
  REGISTRATION: (name) => `Confirm your address for ${name}`,
  INVITATION: (name) => `You are invited to ${name}`,
};

const TEXTS: Record<Linked, (name: string) => readonly [before: string, after: string]> = {
  MAGIC_LINK: (name) => [
    `This link signs you in to ${name}:`,
    'It works once, within 15 minutes. If you did not ask for it, leave it alone: nothing happens then.',
  ],
  PASSWORD_RESET: (name) => [
    `Choose a new password for your account at ${name}:`,
    'The link works once, within 30 minutes. If you did not ask for it, leave it alone: your password stays as it is.',
  ],
  REGISTRATION: (name) => [
    `Somebody, you we hope, wants to make an account at ${name} with this address. To go on:`,
    'The link works once, within an hour. If it was not you, leave it alone: no account is made.',
  ],
  INVITATION: (name) => [
    `You are invited to ${name}. To come in:`,
    'The link works once, within 7 days. If you know nothing of it, leave it alone.',
  ],
};

/**
 * The mails of the sign-in: short, plain, without anything that a visitor has typed. They are sent once their transaction is committed, each once: what
 * lets somebody in is not kept anywhere to be sent again, and whoever gets no mail asks for another.
 */
export class SignInMail {
  /**
   * @param publicUrl where browsers reach us, without a slash at its end.
   * @param onError hears why a mail was not sent.
   */
  constructor(
    private readonly mailer: Mailer,
    private readonly publicUrl: () => string,
    private readonly onError: (error: unknown) => void,
  ) {}

  get isAvailable(): boolean {
    return this.mailer.isAvailable;
  }

  /** @throws MAIL_OFF */
  requireAvailable(): void {
    if (!this.isAvailable) throw new DomainError('MAIL_OFF', 'This server sends no mail.');
  }

  /** @param token good for one use; it stands in the link. */
  link(kind: Linked, to: string, company: Company, token: string): Mail {
    const name = oneLine(company.name);
    const [before, after] = TEXTS[kind](name);
    const url = `${this.publicUrl()}${PATHS[kind]}?token=${token}`;
    return { to, subject: SUBJECTS[kind](name), text: `${before}\n\n${url}\n\n${after}\n` };
  }

  /** To somebody who wants to register and has an account already. */
  alreadyThere(to: string, company: Company): Mail {
    const name = oneLine(company.name);
    const url = `${this.publicUrl()}/sign-in/${company.slug}`;
    return {
      to,
      subject: `Your account at ${name}`,
      text: `Somebody, you we hope, wanted to make an account at ${name} with this address. There is one already; sign in here:\n\n${url}\n`,
    };
  }

  /** @returns whether the mail server took it. */
  async deliver(mail: Mail): Promise<boolean> {
    try {
      await this.mailer.send(mail);
      return true;
    } catch (error) {
      this.onError(error);
      return false;
    }
  }

  /** For visitors: they don't wait, so that nobody can tell by the time whether there was anything to send. */
  post(mail: Mail): void {
    void this.deliver(mail);
  }
}

/** A company's name as it can stand in a header and in a sentence. */
function oneLine(name: string): string {
  return name.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
}
