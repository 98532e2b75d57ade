import { CreateClubs1767225600000 } from './1767225600000-create-clubs';

/** TeeTime's migrations, oldest first. */
export const teetimeMigrations = [CreateClubs1767225600000];
