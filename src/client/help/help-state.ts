/** The help dialog is one for all pages: who opens it says where it begins. */
export type HelpDialogState =
  | { readonly kind: 'closed' }
  | { readonly kind: 'open'; readonly tab: 'search' | 'keys' | 'write' }
