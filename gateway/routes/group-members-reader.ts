import type { Core } from '#gateway/core/client.js';
import type { CoreMember } from '#gateway/translate/group-resource.js';
import { TeamMembers } from '#schema/generated/gateway.js';

const PAGE = 10_000;

/** The members of several teams, page by page, so that never more than one page of them is held. */
export class MembersReader {
  #page: readonly CoreMember[] = [];
  #next = 0;
  #cursor: string | null = null;
  #hasMore = true;

  /** @param teamIds each once: the core answers in that order. */
  constructor(
    private readonly core: Core,
    private readonly teamIds: string[],
  ) {}

  /** Reads the first page: whatever can be refused is refused here, before anything is sent. */
  async open(): Promise<void> {
    if (this.teamIds.length > 0) await this.#turn();
  }

  /** Ask for the teams in the order in which they were given, each once. */
  async *membersOf(teamId: string): AsyncGenerator<CoreMember, void, void> {
    while (true) {
      for (; this.#next < this.#page.length; this.#next++) {
        const member = this.#page[this.#next]!; // below the length
        if (member.teamId !== teamId) return;
        yield member;
      }
      if (!this.#hasMore) return;
      await this.#turn();
    }
  }

  /** A member that no team claimed would be missing from an answer that looks whole. */
  close(): void {
    if (this.teamIds.length > 0 && (this.#next < this.#page.length || this.#hasMore)) {
      throw new Error('Members came in another order than their teams.');
    }
  }

  async #turn(): Promise<void> {
    const { teamMembers } = await this.core.request(TeamMembers, {
      teamIds: this.teamIds,
      first: PAGE,
      after: this.#cursor,
    });
    this.#page = teamMembers.members;
    this.#next = 0;
    this.#cursor = teamMembers.endCursor;
    this.#hasMore = teamMembers.hasNextPage;
  }
}
