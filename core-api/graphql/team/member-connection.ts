import type { Page, PageRequest } from '#core-api/domain/paging.js';
import type { Membership } from '#core-api/domain/team/members-of-teams.js';
import type { UserParts, UserView } from '#core-api/domain/user/user-types.js';
import { Connection } from '../paging/connection.js';
import { PageLoader } from '../paging/page-loader.js';

/** A page of memberships with their users. A user that was deleted between the two reads is left out. */
export class MemberConnection extends Connection<UserView> {
  private readonly since: string[];

  constructor(page: Page<Membership>, users: ReadonlyMap<string, UserView>) {
    const found = page.nodes.flatMap(({ userId, since }, i) => {
      const node = users.get(userId);
      return node ? [{ node, since, cursor: page.cursors[i]! }] : [];
    });
    super({ ...page, nodes: found.map(({ node }) => node), cursors: found.map(({ cursor }) => cursor) });
    this.since = found.map(({ since }) => since);
  }

  override get edges(): { cursor: string; node: UserView; since: string }[] {
    return super.edges.map((edge, i) => ({ ...edge, since: this.since[i]! }));
  }
}

interface Sources {
  pages(teamIds: string[], request: PageRequest<never, never>): Promise<Map<string, Page<Membership>>>;
  users(ids: string[], parts: UserParts): Promise<UserView[]>;
}

interface MembersWanted {
  request: PageRequest<never, never>;
  parts: UserParts;
}

/** Members of many teams: what one field of the document asks of all teams of a page is one look-up. */
export class MemberLoader {
  readonly #pages = new PageLoader<{ id: string }, MembersWanted, MemberConnection>((teams, { request, parts }) =>
    this.#fetch(
      teams.map(({ id }) => id),
      request,
      parts,
    ),
  );

  constructor(private readonly sources: Sources) {}

  load(id: string, request: PageRequest<never, never>, parts: UserParts): Promise<MemberConnection> {
    return this.#pages.load({ id }, { request, parts });
  }

  async #fetch(teamIds: string[], request: PageRequest<never, never>, parts: UserParts) {
    const pages = await this.sources.pages(teamIds, request);
    const ids = new Set([...pages.values()].flatMap(({ nodes }) => nodes.map(({ userId }) => userId)));
    const users = new Map((await this.sources.users([...ids], parts)).map((user) => [user.id, user]));
    return new Map([...pages].map(([teamId, page]) => [teamId, new MemberConnection(page, users)]));
  }
}
