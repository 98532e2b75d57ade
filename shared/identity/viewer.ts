/**
 * Who asks. Every request's context has one, and every use case reads it from there.
 * `subject` is what `createdBy` and the log record.
 */
export interface Viewer {
  readonly subject: string;
  readonly kind: 'platform-operator';
}

/** The viewer of every request that arrives without an identity: trusted as an operator of the platform. */
export const platformOperator: Viewer = { subject: 'platform-operator', kind: 'platform-operator' };

/** The viewer of work that the graph starts by itself, such as read models and demo data. */
export const systemViewer: Viewer = { subject: 'tenant-graph', kind: 'platform-operator' };
