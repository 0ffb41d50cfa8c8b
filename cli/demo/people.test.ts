import { describe, expect, it } from 'vitest';
import { makePeople, teamsOf } from './people.js';

describe('makePeople', () => {
  it('makes the same people at every run, whatever their number', () => {
    expect(makePeople(10, 'acme.example')).toEqual(makePeople(300, 'acme.example').slice(0, 10));
  });

  it('gives everybody a user name and an employee number of their own', () => {
    const people = makePeople(5000, 'acme.example');
    expect(new Set(people.map(({ userName }) => userName)).size).toBe(5000);
    expect(new Set(people.map(({ employeeNumber }) => employeeNumber)).size).toBe(5000);
  });

  it('writes user names in plain ASCII, and names as people write them', () => {
    const people = makePeople(2000, 'acme.example');
    expect(people.filter(({ userName }) => !/^[a-z]+\.[a-z]+2?@acme\.example$/.test(userName))).toEqual([]);
    expect(people.map(({ givenName }) => givenName)).toContain('José');
  });
});

describe('teamsOf', () => {
  it('spreads 199 people over ten teams, none of them empty', () => {
    const people = makePeople(199, 'acme.example');
    const teams = teamsOf(people);
    expect(teams.size).toBe(10);
    for (const [name, members] of teams) expect(members.length, name).toBeGreaterThan(3);
    expect([...teams.values()].flat().length).toBe(people.flatMap((person) => person.teams).length);
  });
});
