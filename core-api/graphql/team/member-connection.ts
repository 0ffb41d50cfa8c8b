import type { Page } from '#core-api/domain/paging.js';
import type { UserView } from '#core-api/domain/user/user-types.js';
import { Connection } from '../paging/connection.js';

interface Membership {
  userId: string;
  since: string;
}

/** A page of memberships with their users. A user that was deleted between the two reads is left out. */
export class MemberConnection extends Connection<UserView> {
  private readonly since: string[];

  constructor(page: Page<Membership>, users: readonly UserView[]) {
    const byId = new Map(users.map((user) => [user.id, user]));
    const found = page.nodes.flatMap(({ userId, since }, i) => {
      const node = byId.get(userId);
      return node ? [{ node, since, cursor: page.cursors[i]! }] : [];
    });
    super({ ...page, nodes: found.map(({ node }) => node), cursors: found.map(({ cursor }) => cursor) });
    this.since = found.map(({ since }) => since);
  }

  override get edges(): { cursor: string; node: UserView; since: string }[] {
    return super.edges.map((edge, i) => ({ ...edge, since: this.since[i]! }));
  }
}
