interface Element {
  value?: string;
  display?: string;
  type?: string;
  primary?: boolean;
  ref?: string;
}

type Texts<Name extends string> = { [Each in Name]?: string };

/**
 * What the scalar `User.attributes` holds: the attributes of a user that have a value, under the names of GraphQL's fields. Nothing in it is null or an empty list.
 */
export interface UserAttributes
  extends Texts<
    | 'externalId'
    | 'displayName'
    | 'nickName'
    | 'profileUrl'
    | 'title'
    | 'userType'
    | 'preferredLanguage'
    | 'locale'
    | 'timezone'
  > {
  userName: string;
  active: boolean;
  name?: Texts<'formatted' | 'familyName' | 'givenName' | 'middleName' | 'honorificPrefix' | 'honorificSuffix'>;
  emails?: readonly Element[];
  phoneNumbers?: readonly Element[];
  ims?: readonly Element[];
  photos?: readonly Element[];
  addresses?: readonly (Texts<
    'formatted' | 'streetAddress' | 'locality' | 'region' | 'postalCode' | 'country' | 'type' | 'display'
  > & { primary?: boolean })[];
  entitlements?: readonly Element[];
  roleValues?: readonly Element[];
  x509Certificates?: readonly Element[];
  enterprise?: Texts<'employeeNumber' | 'costCenter' | 'organization' | 'division' | 'department'> & {
    manager?: Texts<'value' | 'ref' | 'displayName'>;
  };
  /** The values of each custom extension schema by its URN. */
  extensions?: Readonly<Record<string, unknown>>;
}
