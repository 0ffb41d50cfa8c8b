/** Descriptions that many inputs share, so that one thing is told in one way. */
export const EXPECTED_VERSION =
  'The `version` that was last read: if the object has changed since, nothing is done and the answer is VERSION_MISMATCH. Left out: whatever is there is changed.';
export const PROFILE_VERSION =
  "For clients of a directory: the version of the profile that the input was translated with. If the directory's profile is another by now, nothing is done and the answer is PROFILE_CHANGED.";
