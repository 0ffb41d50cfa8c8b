import { describe, expect, it } from 'vitest';
import { attribute, complex, plural } from '#gateway/scim/attribute.js';

describe('attribute', () => {
  it('has the defaults of RFC 7643 §2.2, and the traits it is given', () => {
    expect(attribute('size', 'How large.', { type: 'integer' })).toEqual({
      name: 'size',
      type: 'integer',
      multiValued: false,
      description: 'How large.',
      required: false,
      caseExact: false,
      mutability: 'readWrite',
      returned: 'default',
      uniqueness: 'none',
    });
  });
});

describe('complex', () => {
  it('carries its sub-attributes', () => {
    const sub = attribute('value', '');
    expect(complex('manager', '', [sub])).toMatchObject({ type: 'complex', multiValued: false, subAttributes: [sub] });
  });
});

describe('plural', () => {
  it('has the usual sub-attributes, and leaves out what is not known', () => {
    const phones = plural('phones', '', { of: 'phone', kinds: ['work'] });
    expect(phones.subAttributes?.map(({ name }) => name)).toEqual(['value', 'display', 'type', 'primary']);
    expect(phones).toMatchObject({ multiValued: true, subAttributes: [{}, {}, { canonicalValues: ['work'] }, {}] });
    expect(JSON.stringify(plural('roles', '', { of: 'role' }))).not.toContain('canonicalValues');
  });
});
