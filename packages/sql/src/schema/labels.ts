/** Labels as the original makes them of names (database-services.md 3.2). */

export function labelOf(name: string): string {
  return name.replaceAll('_', ' ').replace(/(^|\s)(\S)/g, (_, blank: string, letter: string) => blank + letter.toUpperCase());
}

const UNCOUNTABLE = new Set([
  'audio',
  'bison',
  'cattle',
  'chassis',
  'compensation',
  'coreopsis',
  'data',
  'deer',
  'education',
  'emoji',
  'equipment',
  'evidence',
  'feedback',
  'firmware',
  'fish',
  'furniture',
  'gold',
  'hardware',
  'information',
  'jedi',
  'kin',
  'knowledge',
  'love',
  'metadata',
  'money',
  'moose',
  'news',
  'nutrition',
  'offspring',
  'plankton',
  'pokemon',
  'police',
  'rain',
  'recommended',
  'related',
  'rice',
  'series',
  'sheep',
  'software',
  'species',
  'swine',
  'traffic',
  'wheat',
]);
const IRREGULAR: Readonly<Record<string, string>> = {
  child: 'children',
  person: 'people',
  man: 'men',
  woman: 'women',
  tooth: 'teeth',
  foot: 'feet',
  goose: 'geese',
  mouse: 'mice',
  ox: 'oxen',
  leaf: 'leaves',
  life: 'lives',
  knife: 'knives',
  half: 'halves',
  criterion: 'criteria',
  phenomenon: 'phenomena',
  index: 'indices',
  matrix: 'matrices',
  vertex: 'vertices',
  analysis: 'analyses',
  basis: 'bases',
  crisis: 'crises',
  axis: 'axes',
  quiz: 'quizzes',
  move: 'moves',
};
const PLURALS = new Set(Object.values(IRREGULAR));
const RULES: readonly (readonly [RegExp, string])[] = [
  [/([^aeiou])y$/i, '$1ies'],
  [/(s|x|z|ch|sh)$/i, '$1es'],
  [/(hero|potato|tomato|echo|veto)$/i, '$1es'],
  [/$/, 's'],
];

/** The English plural of a label's last word; what already is one stays. */
export function pluralOf(label: string): string {
  const [, lead, word] = /^(.*?)(\p{L}+)$/su.exec(label) ?? [];
  if (word === undefined) return label;
  const lower = word.toLowerCase();
  if (UNCOUNTABLE.has(lower) || PLURALS.has(lower) || isPlural(lower)) return label;
  const irregular = IRREGULAR[lower];
  if (irregular !== undefined) return `${lead}${word[0]}${irregular.slice(1)}`;
  const [pattern, ending] = RULES.find(([candidate]) => candidate.test(word))!;
  return `${lead}${word.replace(pattern, ending)}`;
}

function isPlural(word: string): boolean {
  return word.endsWith('s') && !/(?:ss|us|is|as|os)$/.test(word);
}
