/** What a call fails with; it is an error when it does not fail. */
export async function failure<E = Error>(call: PromiseLike<unknown>): Promise<E> {
  try {
    await call;
  } catch (error) {
    return error as E;
  }
  throw new Error('It did not fail.');
}
