import type { Explanation } from '../render/explain-text.js';

/** Every code that pgm shows to users: those of findings, those of errors that end a run, then those of mistakes in a spec. */
export async function readExplanations(): Promise<Explanation[]> {
  const [{ catalogue }, { runCodes }, { specCodes }] = await Promise.all([
    import('../checks/catalogue.js'),
    import('../checks/run-codes.js'),
    import('../spec/diagnostic-codes.js'),
  ]);
  const ofFindings = catalogue.map(({ code, slug, title, why, decided, remedy, providers }) => ({
    code,
    slug,
    title,
    sections: [
      ['Why it matters', why],
      ['How pgm decides', decided],
      ['What to do', remedy],
      ...Object.entries(providers ?? {}).map(([provider, text]) => [`On ${provider}`, text] as const),
    ] as const,
  }));
  const ofRuns = runCodes.map(({ code, slug, title, means, remedy }) => ({
    code,
    slug,
    title,
    sections: [
      ['What it means', means],
      ['What to do', remedy],
    ] as const,
  }));
  const ofSpecs = Object.entries(specCodes).map(([code, { slug, title, explanation }]) => ({
    code,
    slug,
    title,
    sections: [['What it means', explanation]] as const,
  }));
  return [...ofFindings, ...ofRuns, ...ofSpecs];
}
