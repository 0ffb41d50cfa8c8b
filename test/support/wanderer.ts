import { type Answer, graphqlClient, scimClient } from './clients.js';
import { dataOf } from './graphql-answers.js';
import type { TestCompany } from './rollcall.js';

/** Whoever changes a company at random, through both doors; what was made is remembered, and is tried on after it is gone too. */
export class Wanderer {
  readonly #made = { user: [] as string[], team: [] as string[], role: [] as string[], project: [] as string[] };
  readonly #admin = { directory: [] as string[], token: [] as string[], sso: [] as string[], key: [] as string[] };
  readonly #ask: ReturnType<typeof graphqlClient>;
  readonly #doors: ReturnType<typeof scimClient>[];

  constructor(
    private readonly company: TestCompany,
    private readonly random: () => number,
  ) {
    this.#ask = graphqlClient(company);
    this.#doors = [scimClient(company)];
    this.#admin.directory.push(company.directoryId);
  }

  async prepare(): Promise<void> {
    const { createDirectory } = await this.#data('createDirectory', 'CreateDirectoryInput', 'directory { id }', {
      name: 'Second',
      idpKind: 'ENTRA',
      preset: 'testplanit',
      profile: { listScope: 'MANAGED' },
    });
    const directoryId = createDirectory.directory.id;
    this.#admin.directory.push(directoryId);
    const { createDirectoryToken } = await this.#data(
      'createDirectoryToken',
      'CreateDirectoryTokenInput',
      'secret directoryToken { id }',
      { directoryId, name: 'Token' },
    );
    this.#doors.push(scimClient({ ...this.company, scimToken: createDirectoryToken.secret }));
    const { roles } = await dataOf(this.#ask('{ roles { nodes { id key } } }'));
    for (const { id, key } of roles.nodes) if (key !== 'owner') this.#made.role.push(id);
  }

  /** One change, which may be refused; never fails. */
  async step(): Promise<void> {
    const verb = this.#pick(VERBS);
    const answer = await this.#try(verb);
    const codes = (answer.body?.errors ?? []).map(
      (error: { extensions?: { code?: string } }) => error.extensions?.code,
    );
    if (answer.status >= 500 || codes.includes('INTERNAL_SERVER_ERROR') || codes.includes('GRAPHQL_VALIDATION_FAILED'))
      throw new Error(`${verb}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }

  #try(verb: (typeof VERBS)[number]): Promise<Answer> {
    const scim = this.#pick(this.#doors);
    const word = this.#pick(['a', 'b', 'c']);
    const user = this.#one('user');
    const team = this.#one('team');
    const members = [this.#one('user'), this.#one(this.#pick(['user', 'user', 'team']))];
    const values = members.map((value) => ({ value }));
    const name = `${word}-${this.#below(8)}`;
    const person = {
      userName: `u-${name}`,
      externalId: this.#pick([undefined, `x-${name}`]),
      title: this.#pick([undefined, word]),
      name: this.#pick([undefined, { givenName: word, familyName: name }]),
      emails: this.#pick([undefined, [], [{ value: `${name}@x.example`, type: 'work' }]]),
      roles: this.#pick([undefined, [{ value: 'qa' }], [{ value: 'manager' }], []]),
    };
    const { roles: _, ...fields } = person;
    switch (verb) {
      case 'scim user':
        return this.#keep('user', scim.post('/Users', person));
      case 'scim patch user':
        return scim.patch(`/Users/${user}`, [
          { op: 'replace', path: 'title', value: word },
          { op: 'replace', path: 'active', value: this.#pick([true, true, false, 'False']) },
          ...(word === 'a' ? [{ op: 'remove', path: 'emails' }] : []),
        ]);
      case 'scim put user':
        return scim.put(`/Users/${user}`, person);
      case 'scim delete user':
        return scim.delete(`/Users/${user}`);
      case 'scim group':
        return this.#keep('team', scim.post('/Groups', { displayName: `g-${name}`, members: values }));
      case 'scim add members':
        return scim.patch(`/Groups/${team}`, [{ op: 'add', path: 'members', value: values }]);
      case 'scim remove members':
        return scim.patch(`/Groups/${team}`, [{ op: 'remove', path: `members[value eq "${members[1]}"]` }]);
      case 'scim put group':
        return scim.put(`/Groups/${team}`, { displayName: `g-${name}`, externalId: `gx-${name}`, members: values });
      case 'scim delete group':
        return scim.delete(`/Groups/${team}`);
      case 'createUser':
        return this.#keep('user', this.#mutate(verb, 'CreateUserInput', 'user { id }', fields), 'user');
      case 'updateUser':
        return this.#mutate(verb, 'UpdateUserInput', 'user { id }', { id: user, nickName: this.#pick([word, null]) });
      case 'deactivateUser':
      case 'reactivateUser':
        return this.#mutate(verb, 'UserIdInput', 'user { id }', { id: user });
      case 'deleteUser':
        return this.#mutate(verb, 'UserIdInput', 'id', { id: user });
      case 'createTeam':
        return this.#keep(
          'team',
          this.#mutate(verb, 'CreateTeamInput', 'team { id }', { displayName: name, members }),
          'team',
        );
      case 'updateTeam':
        return this.#mutate(verb, 'UpdateTeamInput', 'team { id }', {
          id: team,
          addMembers: [user],
          removeMembers: members.filter((id) => id !== user),
          externalId: this.#pick([word, null]),
        });
      case 'deleteTeam':
        return this.#mutate(verb, 'TeamIdInput', 'id', { id: team });
      case 'restoreTeam':
        return this.#restore();
      case 'createRole':
        return this.#keep(
          'role',
          this.#mutate(verb, 'CreateRoleInput', 'role { id }', {
            key: name,
            name,
            permissions: ['users:read'],
            rank: this.#below(100),
          }),
          'role',
        );
      case 'updateRole':
        return this.#mutate(verb, 'UpdateRoleInput', 'role { id }', {
          id: this.#one('role'),
          name: word,
          isDefault: this.#pick([null, null, true]),
        });
      case 'deleteRole':
        return this.#mutate(verb, 'IdInput', 'id', { id: this.#one('role') });
      case 'assignRole':
      case 'unassignRole':
      case 'denyRole':
      case 'allowRole':
        return this.#mutate(verb, 'RoleAssignmentInput', 'user { id }', { userId: user, roleId: this.#one('role') });
      case 'changeRoleMappings':
        return this.#map({
          kind: 'TEAM',
          teamId: team,
          roleId: this.#one('role'),
          effect: this.#pick(['GRANT', 'GRANT', 'DENY']),
        });
      case 'createProject':
        return this.#keep(
          'project',
          this.#mutate(verb, 'CreateProjectInput', 'project { id }', { key: name, name, isDefault: word === 'a' }),
          'project',
        );
      case 'updateProject':
        return this.#mutate(verb, 'UpdateProjectInput', 'project { id }', { id: this.#one('project'), name: word });
      case 'deleteProject':
        return this.#mutate(verb, 'IdInput', 'id', { id: this.#one('project') });
      case 'grantProjectAccess':
      case 'revokeProjectAccess':
        return this.#mutate(verb, 'ProjectAccessInput', 'project { id }', {
          projectId: this.#one('project'),
          ...(word === 'a' ? { teamId: team } : { userId: user }),
        });
      case 'updateDirectory':
        return this.#mutate(verb, 'UpdateDirectoryInput', 'directory { id }', {
          id: this.#pick(this.#admin.directory),
          name: name,
          profile: {
            reviveBy: this.#pick(['EXTERNAL_ID', 'USER_NAME']),
            unknownMembers: this.#pick(['SKIP', 'REFUSE']),
            nestedGroups: this.#pick(['NEST', 'FLATTEN', 'SKIP']),
          },
          ssoConnectionIds: this.#admin.sso.slice(0, this.#below(3)),
        });
      case 'createDirectoryToken':
        return this.#keep(
          'token',
          this.#mutate(verb, 'CreateDirectoryTokenInput', 'directoryToken { id }', {
            directoryId: this.#pick(this.#admin.directory),
            name,
            scopes: ['users'],
            expiresAt: this.#pick([null, '2099-01-01T00:00:00Z']),
          }),
          'directoryToken',
        );
      case 'revokeDirectoryToken':
        return this.#mutate(verb, 'IdInput', 'directoryToken { id }', { id: this.#one('token') });
      case 'rotateDirectoryToken':
        return this.#mutate(verb, 'RotateDirectoryTokenInput', 'directoryToken { id }', { id: this.#one('token') });
      case 'createSsoConnection':
        return this.#keep(
          'sso',
          this.#mutate(verb, 'CreateSsoConnectionInput', 'ssoConnection { id }', {
            name,
            kind: 'OIDC',
            config: { issuer: 'https://idp.example', clientId: word },
            clientSecret: this.#pick([null, 'a secret']),
          }),
          'ssoConnection',
        );
      case 'updateSsoConnection':
        return this.#mutate(verb, 'UpdateSsoConnectionInput', 'ssoConnection { id }', {
          id: this.#one('sso'),
          clientSecret: this.#pick([null, '', 'another secret']),
          status: this.#pick(['DRAFT', 'ACTIVE']),
        });
      case 'addGateExemption':
      case 'removeGateExemption':
        return this.#mutate(verb, 'GateExemptionInput', 'gateExemptions { createdAt }', { userId: user });
      case 'createApiKey':
        return this.#keep(
          'key',
          this.#mutate(verb, 'CreateApiKeyInput', 'apiKey { id }', { name, permissions: ['users:read'] }),
          'apiKey',
        );
      case 'revokeApiKey':
        return this.#mutate(verb, 'IdInput', 'apiKey { id }', { id: this.#one('key') });
      case 'updateCompany':
        return this.#mutate(verb, 'UpdateCompanyInput', 'company { id }', {
          name,
          policies: { unprovisionedSignIn: this.#pick(['BLOCK', 'GRACE', 'ALLOW']) },
          defaultProjectIds: this.#pick([null, this.#made.project.slice(0, 1)]),
        });
      case 'transferUsers':
        return this.#mutate(verb, 'TransferUsersInput', 'users { id }', {
          ids: [user],
          toDirectoryId: this.#pick(this.#admin.directory),
        });
      case 'releaseUsers':
        return this.#mutate(verb, 'ReleaseUsersInput', 'users { id }', { ids: [user] });
      case 'transferTeams':
        return this.#mutate(verb, 'TransferTeamsInput', 'teams { id }', {
          ids: [team],
          toDirectoryId: this.#pick(this.#admin.directory),
        });
      case 'releaseTeams':
        return this.#mutate(verb, 'ReleaseTeamsInput', 'teams { id }', { ids: [team] });
    }
  }

  async #restore(): Promise<Answer> {
    const { deletedTeams } = await dataOf(this.#ask('{ deletedTeams { nodes { id } } }'));
    const id = this.#pick<{ id: string } | undefined>(deletedTeams.nodes)?.id ?? this.#one('team');
    return this.#mutate('restoreTeam', 'RestoreTeamInput', 'team { id }', { id });
  }

  /** Makes the mapping, in place of one that there is. */
  async #map(mapping: object): Promise<Answer> {
    const { roleMappings } = await dataOf(this.#ask('{ roleMappings { nodes { id } } }'));
    const former = this.#pick<{ id: string } | undefined>([undefined, ...roleMappings.nodes]);
    const input = { create: [mapping], delete: former ? [former.id] : [] };
    const preview = await this.#ask(
      'query ($input: PreviewRoleMappingInput!) { previewRoleMapping(input: $input) { hash } }',
      { input },
    );
    if (preview.body.errors) return preview;
    const previewHash = preview.body.data.previewRoleMapping.hash;
    return this.#mutate('changeRoleMappings', 'ChangeRoleMappingsInput', '__typename', { ...input, previewHash });
  }

  #below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#below(from.length)]!;
  }

  /** The id of one that was made; of nobody, while there is none. */
  #one(kind: Kind): string {
    return this.#pick({ ...this.#made, ...this.#admin }[kind]) ?? '00000000-0000-7000-8000-000000000000';
  }

  #mutate(name: string, input: string, selection: string, variables: object): Promise<Answer> {
    return this.#ask(`mutation ($input: ${input}!) { ${name}(input: $input) { ${selection} } }`, { input: variables });
  }

  #data(name: string, input: string, selection: string, variables: object) {
    return dataOf(this.#mutate(name, input, selection, variables));
  }

  /** @param member where the made object stands in the answer of a mutation; left out for SCIM. */
  async #keep(kind: Kind, answering: Promise<Answer>, member?: string): Promise<Answer> {
    const answer = await answering;
    const data = member === undefined ? answer.body : (Object.values(answer.body.data ?? {})[0] as never)?.[member];
    const id = (data as { id?: string } | undefined)?.id;
    const known = { ...this.#made, ...this.#admin }[kind];
    if (id && !known.includes(id)) known.push(id);
    return answer;
  }
}

type Kind = 'user' | 'team' | 'role' | 'project' | 'directory' | 'token' | 'sso' | 'key';

const OFTEN = ['scim user', 'scim user', 'scim patch user', 'scim group', 'scim add members', 'createUser'] as const;
const VERBS = [
  ...[...OFTEN, ...OFTEN, ...OFTEN],
  'scim put user',
  'scim put user',
  'scim delete user',
  'scim delete user',
  'scim remove members',
  'scim put group',
  'scim delete group',
  'updateUser',
  'deactivateUser',
  'reactivateUser',
  'deleteUser',
  'createTeam',
  'createTeam',
  'updateTeam',
  'deleteTeam',
  'restoreTeam',
  'restoreTeam',
  'createRole',
  'updateRole',
  'deleteRole',
  'assignRole',
  'assignRole',
  'unassignRole',
  'denyRole',
  'allowRole',
  'changeRoleMappings',
  'changeRoleMappings',
  'createProject',
  'updateProject',
  'deleteProject',
  'grantProjectAccess',
  'grantProjectAccess',
  'revokeProjectAccess',
  'updateDirectory',
  'createDirectoryToken',
  'revokeDirectoryToken',
  'rotateDirectoryToken',
  'createSsoConnection',
  'updateSsoConnection',
  'addGateExemption',
  'removeGateExemption',
  'createApiKey',
  'revokeApiKey',
  'updateCompany',
  'transferUsers',
  'releaseUsers',
  'transferTeams',
  'releaseTeams',
] as const;
