import { Arg, Args, Ctx, FieldResolver, Info, Mutation, Query, Resolver, Root } from 'type-graphql';
import { provisioningStatusOf } from '#core-api/domain/provisioning/provisioning-status.js';
import type { CompanyRow } from '#core-api/persistence/stores/admin-tables.js';
import type { RequestContext } from '../context.js';
import { IdInput } from '../mutation/id-input.js';
import { connectionOf } from '../paging/connection.js';
import { pageRequest } from '../paging/page-args.js';
import type { SelectionInfo } from '../selection.js';
import {
  ChangeCompanyPayload,
  ChangePlanInput,
  CompanyConnection,
  CompanyListArgs,
  CompanyType,
  CreateCompanyInput,
  type ProvisioningStatusType,
  UpdateCompanyInput,
} from './company-type.js';

@Resolver(() => CompanyType)
export class CompanyResolver {
  @Query(() => CompanyType, {
    description:
      'The company that the request is for. An operator names it in the header `Rollcall-Company`. Needs `company:read`.',
  })
  company(@Ctx() { services }: RequestContext) {
    return services.companies.get();
  }

  @Query(() => CompanyConnection, {
    description:
      'All companies, for operators: the only list that reaches across companies. FORBIDDEN for everybody else.',
  })
  companies(
    @Args(() => CompanyListArgs) args: CompanyListArgs,
    @Ctx() { services }: RequestContext,
    @Info() info: SelectionInfo,
  ) {
    return connectionOf(services.companies.list(pageRequest(args, info)));
  }

  @Mutation(() => ChangeCompanyPayload, {
    description: 'Creates a company with the roles of a preset. UNIQUENESS when the slug is taken. For operators.',
  })
  async createCompany(
    @Arg('input', () => CreateCompanyInput, { description: 'The new company.' }) input: CreateCompanyInput,
    @Ctx() { services }: RequestContext,
  ) {
    return { company: await services.companies.create(input) };
  }

  @Mutation(() => ChangeCompanyPayload, { description: 'Changes a company. Needs `company:write`.' })
  async updateCompany(
    @Arg('input', () => UpdateCompanyInput, { description: 'The company, and what is to change.' })
    input: UpdateCompanyInput,
    @Ctx() { services }: RequestContext,
  ) {
    const { id, ...changes } = input;
    return { company: await services.companies.update(id ?? null, changes) };
  }

  @Mutation(() => ChangeCompanyPayload, { description: 'Puts a company on another plan. For operators.' })
  async changePlan(
    @Arg('input', () => ChangePlanInput, { description: 'The company and the plan.' }) { id, plan }: ChangePlanInput,
    @Ctx() { services }: RequestContext,
  ) {
    return { company: await services.companies.changePlan(id, plan) };
  }

  @Mutation(() => ChangeCompanyPayload, {
    description:
      'Suspends a company: it can still be read, but not changed, and its directories are shut out. For operators.',
  })
  async suspendCompany(
    @Arg('input', () => IdInput, { description: 'The company.' }) { id }: IdInput,
    @Ctx() { services }: RequestContext,
  ) {
    return { company: await services.companies.suspend(id) };
  }

  @Mutation(() => ChangeCompanyPayload, { description: 'Ends the suspension of a company. For operators.' })
  async resumeCompany(
    @Arg('input', () => IdInput, { description: 'The company.' }) { id }: IdInput,
    @Ctx() { services }: RequestContext,
  ) {
    return { company: await services.companies.resume(id) };
  }

  @FieldResolver()
  provisioningStatus(@Root() company: CompanyRow): ProvisioningStatusType {
    return provisioningStatusOf(company);
  }

  @FieldResolver()
  defaultRole(@Root() company: { id: string }, @Ctx() { loaders }: RequestContext) {
    return loaders.defaultRole.load(company.id);
  }

  @FieldResolver()
  defaultProjects(@Root() company: { id: string }, @Ctx() { loaders }: RequestContext) {
    return loaders.defaultProjects.load(company.id);
  }
}
