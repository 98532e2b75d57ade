/**
 * A machine that is busy with other work can make a story about time miss its moment. Continuous integration gives a test
 * that fails a second try, and prints what the first one said.
 */
if (process.env['CI']) jest.retryTimes(1, { logErrorsBeforeRetry: true });
