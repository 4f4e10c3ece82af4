/** Whether nothing more comes of a response. @param status one of `ResponseStatus` */
export function hasEnded({ status }: { status: string }): boolean {
  return status !== 'queued' && status !== 'in_progress';
}
