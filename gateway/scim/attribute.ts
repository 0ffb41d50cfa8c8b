import type { AttributeDefinition } from '#gateway/scim/schemas.js';

type Traits = Partial<Omit<AttributeDefinition, 'name' | 'description'>>;

/** An attribute with the defaults of RFC 7643 §2.2, except where `traits` say otherwise. */
export function attribute(name: string, description: string, traits: Traits = {}): AttributeDefinition {
  return {
    name,
    type: 'string',
    multiValued: false,
    description,
    required: false,
    caseExact: false,
    mutability: 'readWrite',
    returned: 'default',
    uniqueness: 'none',
    ...traits,
  };
}

export function complex(
  name: string,
  description: string,
  subAttributes: AttributeDefinition[],
  traits: Traits = {},
): AttributeDefinition {
  return attribute(name, description, { type: 'complex', subAttributes, ...traits });
}

interface Plural {
  /** What one element is, in the singular: "e-mail address". */
  of: string;
  kinds?: string[];
  value?: Traits;
}

/** A multi-valued attribute with the usual sub-attributes value, display, type and primary (RFC 7643 §2.4). */
export function plural(name: string, description: string, { of, kinds, value }: Plural): AttributeDefinition {
  return complex(
    name,
    description,
    [
      attribute('value', `The ${of} itself.`, value),
      attribute('display', `A readable form of the ${of}.`),
      attribute('type', `What the ${of} is for.`, kinds && { canonicalValues: kinds }),
      attribute('primary', `Whether this ${of} is the preferred one; at most one element is.`, { type: 'boolean' }),
    ],
    { multiValued: true },
  );
}
