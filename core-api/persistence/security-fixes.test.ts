import { describe, expect, it } from 'vitest';
import { missingFixes } from './security-fixes.js';

describe('missingFixes', () => {
  it.each([
    [150015, '15.16'],
    [160011, '16.12'],
    [170000, '17.8'],
    [180001, '18.2'],
  ])('T-16: finds the server %i too old', (versionNumber, wanted) => {
    expect(missingFixes(versionNumber)).toContain(`update it to ${wanted} or newer`);
  });

  it.each([150016, 160012, 170008, 180002, 180004, 190000])('T-16: has nothing to say of the server %i', (version) => {
    expect(missingFixes(version)).toBeNull();
  });
});
