import { createQuerySharing } from './query-sharing';

/** Asks that are answered when the test says so. */
function createQuestion() {
  const answers: ((answer: string) => void)[] = [];
  const failures: ((error: Error) => void)[] = [];
  return {
    ask: () =>
      new Promise<string>((resolve, reject) => {
        answers.push(resolve);
        failures.push(reject);
      }),
    answer: (text: string) => answers.pop()?.(text),
    fail: () => failures.pop()?.(new Error('away')),
    count: () => answers.length,
  };
}

const within = (milliseconds: number) => ({
  deadline: Date.now() + milliseconds,
  asksUntil: Date.now() + milliseconds,
});

afterEach(() => jest.useRealTimers());

test('who asks the same at once is answered by one question, and asks anew afterwards', async () => {
  const { share } = createQuerySharing<string>();
  const question = createQuestion();
  const both = [share('a', within(1_000), question.ask), share('a', within(1_000), question.ask)];
  const other = share('b', within(1_000), async () => 'other');
  expect(question.count()).toBe(1);
  question.answer('same');
  expect(await Promise.all(both)).toEqual(['same', 'same']);
  expect(await other).toBe('other');
  const later = share('a', within(1_000), question.ask);
  question.answer('new');
  expect(await later).toBe('new');
});

test('what fails fails for all who share it, and for nobody after them', async () => {
  const { share } = createQuerySharing<string>();
  const question = createQuestion();
  const both = [share('a', within(1_000), question.ask), share('a', within(1_000), question.ask)];
  question.fail();
  expect((await Promise.allSettled(both)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await share('a', within(1_000), async () => 'new')).toBe('new');
});

test('who shares waits until its own deadline', async () => {
  const { share } = createQuerySharing<string>();
  const question = createQuestion();
  const first = share('a', within(1_000), question.ask);
  const hasty = share('a', within(20), question.ask);
  await expect(hasty).rejects.toMatchObject({ code: 'REQUEST_TIMEOUT' });
  question.answer('late');
  expect(await first).toBe('late');
});

test('who would give up asking before its own deadline hears how the shared question failed', async () => {
  const { share } = createQuerySharing<string>();
  const question = createQuestion();
  const times = { deadline: Date.now() + 1_000, asksUntil: Date.now() + 20 };
  const both = [share('a', times, question.ask), share('a', times, question.ask)];
  setTimeout(question.fail, 30);
  for (const answer of both) await expect(answer).rejects.toThrow('away');
});

test('who has more time than the first asks by itself', async () => {
  const { share } = createQuerySharing<string>();
  const question = createQuestion();
  void share('a', within(500), question.ask);
  expect(await share('a', within(5_000), async () => 'own')).toBe('own');
});

test('an answer is not shared by whoever asks much later', async () => {
  const { share } = createQuerySharing<string>();
  const question = createQuestion();
  jest.useFakeTimers();
  void share('a', within(10_000), question.ask);
  jest.advanceTimersByTime(150);
  expect(await share('a', within(1_000), async () => 'own')).toBe('own');
});

test('nobody shares what was asked before a write', async () => {
  const { share, forget } = createQuerySharing<string>();
  const question = createQuestion();
  const before = share('a', within(1_000), question.ask);
  forget();
  const afterwards = share('a', within(1_000), question.ask);
  expect(question.count()).toBe(2);
  question.answer('new');
  expect(await afterwards).toBe('new');
  question.answer('old');
  expect(await before).toBe('old');
});
