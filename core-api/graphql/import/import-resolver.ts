import { Arg, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { countsOf } from '#core-api/domain/import/import-row.js';
import type { ImportResult } from '#core-api/domain/import/import-service.js';
import type { RequestContext } from '../context.js';
import { toImportRequest } from './import-request-of.js';
import { ImportInput, ImportPayload, ImportVerdict, RunImportInput } from './import-types.js';

@Resolver(() => ImportPayload)
export class ImportResolver {
  @Query(() => ImportPayload, {
    description:
      'What `runImport` would do with the same input: what is new, what changes, and what is refused. Changes nothing. Needs `users:read`, `users:write`, `teams:read` and `teams:write`.',
  })
  previewImport(
    @Arg('input', () => ImportInput, { description: 'What is to be imported.' }) input: ImportInput,
    @Ctx() { services }: RequestContext,
  ): Promise<unknown> {
    return services.imports.preview(toImportRequest(input));
  }

  @Mutation(() => ImportPayload, {
    description:
      'Brings users, teams and members of a file into the company, in one transaction. PREVIEW_CHANGED unless the hash is that of a preview which still holds. What a directory manages stays as the directory says: such rows are refused with MANAGED_BY_DIRECTORY. Needs what `previewImport` needs.',
  })
  runImport(
    @Arg('input', () => RunImportInput, { description: 'What is to be imported, and the preview of it.' })
    input: RunImportInput,
    @Ctx() { services }: RequestContext,
  ): Promise<unknown> {
    const { previewHash, onRefused } = input;
    return services.imports.run(toImportRequest(input), { previewHash, onRefused: onRefused ?? 'STOP' });
  }

  @FieldResolver()
  counts(@Root() { rows }: ImportResult) {
    return countsOf(rows);
  }

  @FieldResolver()
  rows(
    @Root() { rows }: ImportResult,
    @Arg('verdicts', () => [ImportVerdict], { nullable: true, description: 'Only rows of these verdicts.' })
    verdicts: readonly string[] | null,
  ) {
    return verdicts ? rows.filter(({ verdict }) => verdicts.includes(verdict)) : rows;
  }
}
