import { Ctx, FieldResolver, Info, Query, Resolver, Root } from 'type-graphql';
import type { Actor } from '#core-api/domain/actor.js';
import type { RequestContext } from '../context.js';
import { type SelectionInfo, selectionOf } from '../selection.js';
import { ViewerType } from './viewer-type.js';

/** What is known of a directory without asking the database. */
const KNOWN_OF_DIRECTORY = new Set([
  'id',
  'name',
  'profile',
  'profileVersion',
  'settings',
  'recordsBodiesUntil',
  '__typename',
]);

@Resolver(() => ViewerType)
export class ViewerResolver {
  @Query(() => ViewerType, { description: 'Whoever sends the request. Needs a credential, and no permission.' })
  viewer(@Ctx() { actor }: RequestContext): { actor: Actor } {
    return { actor };
  }

  @FieldResolver()
  company(@Root() { actor }: { actor: Actor }, @Ctx() { services }: RequestContext) {
    return actor.companyId === null ? null : services.companies.get();
  }

  @FieldResolver()
  directory(@Root() { actor }: { actor: Actor }, @Ctx() { services }: RequestContext, @Info() info: SelectionInfo) {
    if (actor.directory === null) return null;
    const { directory } = actor;
    const isKnown = [...selectionOf(info).keys()].every((field) => KNOWN_OF_DIRECTORY.has(field));
    return isKnown
      ? { ...directory, profileVersion: directory.profile.version }
      : services.directories.get(directory.id);
  }

  @FieldResolver()
  userId(@Root() { actor }: { actor: Actor }) {
    return actor.userId ?? actor.boundTo?.userId ?? null;
  }

  @FieldResolver()
  permissions(@Root() { actor }: { actor: Actor }) {
    return [...(actor.boundTo ?? actor).permissions].sort();
  }
}
