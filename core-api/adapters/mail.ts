import { createTransport } from 'nodemailer';
import type { Mail, Mailer } from '#core-api/domain/ports.js';

const TIMEOUT_MS = 10_000;

interface MailSettings {
  /** smtp: or smtps:, with user and password where the server wants them; null: there is no server. */
  smtpUrl: string | null;
  /** `Name <address>` or an address; null: there is no server. */
  from: string | null;
  production: boolean;
}

/**
 * Mails by SMTP. Without a server they are printed where somebody is trying things out, so that links can be followed; in production there are none.
 *
 * @param print takes what would have been sent.
 */
export function mailer({ smtpUrl, from, production }: MailSettings, print: (text: string) => void): Mailer {
  if (smtpUrl !== null && from !== null) return smtpMailer(smtpUrl, from);
  if (production)
    return {
      isAvailable: false,
      send: () => Promise.reject(new Error('ROLLCALL_SMTP_URL is not set: no mail is sent.')),
    };
  return {
    isAvailable: true,
    async send({ to, subject, text }) {
      print(`\n--- Mail to ${to}: ${subject}\n${text}\n---\n`);
    },
  };
}

function smtpMailer(smtpUrl: string, from: string): Mailer {
  const transport = createTransport({
    url: smtpUrl,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    // A mail is its text: nothing in it may make the server fetch or read anything.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    isAvailable: true,
    async send({ to, subject, text }: Mail) {
      // The address stands by itself: written as a header's text, a comma in it would make two.
      await transport.sendMail({
        from,
        to: { name: '', address: to },
        subject,
        text,
        headers: { 'Auto-Submitted': 'auto-generated' },
      });
    },
  };
}
