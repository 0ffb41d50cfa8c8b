/** A made-up employee, the same at every run. */
export interface Person {
  /** From 0; also what the identity provider's own ids are made of. */
  index: number;
  userName: string;
  givenName: string;
  familyName: string;
  displayName: string;
  title: string;
  department: string;
  /** Digits. */
  employeeNumber: string;
  locality: string;
  phone: string;
  /** Names of teams, the department's own first. */
  teams: readonly string[];
}

const GIVEN =
  `Amara Bruno Chiara Dmitri Elif Farid Greta Hanna Ines Jonas Kavya Liam Mei Noor Oskar Priya Quentin Rosa Sefu Tamsin
  Uma Viktor Wanda Ximena Yusuf Zoë Anouk Björn Carmen Daisuke Esra Florian Giulia Henrik Ilse José Keiko Lucía Malik Nadia`.split(
    /\s+/,
  );
/** As many as make (number of given names + 1) and this number coprime: then each pair occurs once before any occurs twice. */
const FAMILY =
  `Abara Bianchi Costa Duarte Eriksen Fischer Gallo Haddad Ivanova Jansen Kowalski Lindqvist Moreau Núñez Okonkwo Petrov
  Quist Rossi Sato Tanaka Ueda Varga Weiss Xu Yilmaz Zeman Achterberg Blum Castellanos Dvořák Engel Fontaine Grünwald Hoxha Imai Jovanović
  Kaya`.split(/\s+/);
const CITIES = ['Lisbon', 'Bern', 'Kyiv', 'Toronto', 'Osaka', 'Nairobi', 'Austin', 'Gdańsk'];

/** Departments with their share of people; each is a team, and so is `RELEASE_CREW`, whose members come from all of them. */
const DEPARTMENTS: readonly { name: string; share: number; titles: readonly string[] }[] = [
  { name: 'Test Automation', share: 5, titles: ['Automation Engineer', 'Senior Automation Engineer', 'SDET'] },
  { name: 'Manual QA', share: 5, titles: ['QA Engineer', 'Senior QA Engineer', 'Test Analyst'] },
  { name: 'Engineering', share: 6, titles: ['Software Engineer', 'Senior Software Engineer', 'Staff Engineer'] },
  { name: 'Mobile QA', share: 3, titles: ['Mobile Tester', 'Mobile Test Lead'] },
  { name: 'Performance', share: 2, titles: ['Performance Engineer'] },
  { name: 'Accessibility', share: 1, titles: ['Accessibility Specialist'] },
  { name: 'Product', share: 2, titles: ['Product Manager', 'Product Owner'] },
  { name: 'Customer Support', share: 3, titles: ['Support Engineer', 'Support Lead'] },
  { name: 'Security', share: 1, titles: ['Security Engineer'] },
];
const RELEASE_CREW = 'Release Crew';
const CREW_EVERY = 8;
const SHARES = DEPARTMENTS.flatMap((department) => Array.from({ length: department.share }, () => department));
/** Coprime to the number of shares, so that departments mix from the first people on. */
const STRIDE = 11;

/** `count` people with distinct user names in `domain`; fewer people are the first ones of more. */
export function makePeople(count: number, domain: string): Person[] {
  return Array.from({ length: count }, (_, index) => makePerson(index, domain));
}

/** Teams with their members, in the order in which their first members come; none is empty. */
export function teamsOf(people: readonly Person[]): Map<string, Person[]> {
  const teams = new Map<string, Person[]>();
  for (const person of people) {
    for (const team of person.teams) teams.set(team, [...(teams.get(team) ?? []), person]);
  }
  return teams;
}

function makePerson(index: number, domain: string): Person {
  const round = Math.floor(index / GIVEN.length);
  const givenName = GIVEN[index % GIVEN.length]!;
  const familyName = FAMILY[(index + round) % FAMILY.length]!;
  const namesakes = Math.floor(index / (GIVEN.length * FAMILY.length));
  const department = SHARES[(index * STRIDE) % SHARES.length]!;
  const teams = index % CREW_EVERY === 0 ? [department.name, RELEASE_CREW] : [department.name];
  return {
    index,
    userName: `${plain(givenName)}.${plain(familyName)}${namesakes === 0 ? '' : namesakes + 1}@${domain}`,
    givenName,
    familyName,
    displayName: `${givenName} ${familyName}`,
    title: department.titles[round % department.titles.length]!,
    department: department.name,
    employeeNumber: String(10_000 + index),
    locality: CITIES[index % CITIES.length]!,
    phone: `+1 555 ${String(1_000_000 + index).slice(-7)}`,
    teams,
  };
}

/** In ASCII, lower case, as user names usually are. */
function plain(name: string): string {
  return name
    .normalize('NFD')
    .replace(/[^\x20-\x7e]/g, '')
    .toLowerCase();
}
