import { DateTimeISOResolver } from 'graphql-scalars';

/** What every subgraph of ours means by a scalar of `base.graphql`; the schema language says its name alone. */
export const ownScalars = { DateTime: DateTimeISOResolver };
