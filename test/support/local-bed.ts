import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { graphqlClient } from './clients.js';
import { FormBrowser } from './form-browser.js';
import { dataOf, errorOf } from './graphql-answers.js';
import { startRollcall, type TestCompany, type TestRollcall } from './rollcall.js';
import { linkIn, type SmtpSink, startSmtpSink } from './smtp-sink.js';

/** What a local user comes in with. */
interface Person {
  id: string;
  email: string;
  password: string;
}

/** One Rollcall with a company whose mails arrive, for a file of tests about local accounts: to be called once, at its beginning. */
export class LocalBed {
  sink!: SmtpSink;
  rollcall!: TestRollcall;
  company!: TestCompany;
  #people = 0;

  constructor() {
    beforeAll(async () => {
      this.sink = await startSmtpSink();
      this.rollcall = await startRollcall({
        mode: 'one-process',
        env: { ROLLCALL_SMTP_URL: this.sink.url, ROLLCALL_MAIL_FROM: 'Rollcall <rollcall@example.com>' },
      });
      this.company = await this.rollcall.newCompany();
    });
    afterAll(async () => {
      await this.rollcall?.stop();
      await this.sink?.close();
    });
    // What one test uses up is not another one's.
    beforeEach(() => this.rollcall.asOwner('delete from sign_in_attempt'));
  }

  browser(address?: string): FormBrowser {
    return new FormBrowser(new URL(this.rollcall.graphqlUrl).origin, address);
  }

  graphql(source: string, variables = {}) {
    return dataOf(graphqlClient(this.company)(source, variables));
  }

  refused(source: string, variables = {}) {
    return errorOf(graphqlClient(this.company)(source, variables));
  }

  policies(given: object) {
    return this.graphql('mutation ($input: UpdateCompanyInput!) { updateCompany(input: $input) { company { id } } }', {
      input: { policies: given },
    });
  }

  newAddress(): string {
    return `person-${++this.#people}@people.example`;
  }

  /** Invited and come in with a password. */
  async person(password = 'a long enough password'): Promise<Person> {
    const email = this.newAddress();
    const { inviteUser } = await this.graphql(INVITE, { input: { email } });
    const guest = this.browser();
    await guest.open(linkIn(await this.sink.mailTo(email)));
    expect(await guest.submit({ password })).toMatchObject({ status: 303 });
    return { id: inviteUser.user.id, email, password };
  }

  async signIn({ email, password }: Pick<Person, 'email' | 'password'>, visitor = this.browser()) {
    await visitor.open(`/sign-in/${this.company.companySlug}`);
    return visitor.submit({ email, password });
  }

  /** Gives the company a domain, as if it had proved it by DNS. */
  async verify(domain: string, { companyId } = this.company): Promise<void> {
    const [claim] = await this.rollcall.asOwner<{ id: string }>(
      `insert into domain_claim (company_id, id, domain, challenge, status)
       values ('${companyId}', gen_random_uuid(), '${domain}', 'c', 'VERIFIED') returning id`,
    );
    await this.rollcall.asOwner(
      `insert into verified_domain (domain, held_by, claim_id) values ('${domain}', '${companyId}', '${claim!.id}')`,
    );
  }

  /** What the log says of the last refusal; null: nothing. */
  async lastRefusal(objectId: string): Promise<Record<string, unknown> | null> {
    const [row] = await this.rollcall.asOwner<{ after: Record<string, unknown> }>(
      `select after from change where kind = 'sign_in.refused' and object_id = '${objectId}' order by epoch desc, xid desc, no desc limit 1`,
    );
    return row?.after ?? null;
  }
}

export const INVITE = `mutation ($input: InviteUserInput!) { inviteUser(input: $input) { isMailSent user { id userName active } } }`;

export const isSignedIn = async (visitor: FormBrowser) => (await visitor.open('/sign-in/done')).status === 200;
