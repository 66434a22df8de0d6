export interface HelpTopic {
  readonly title: string
  readonly text: string
}

/** What people ask first, in the words of the page. */
export const TOPICS: readonly HelpTopic[] = [
  {
    title: 'Make a project',
    text: 'On the projects page choose “New project” and give it a title. A project holds your files, worksheets and terminals, and the people you share them with.',
  },
  {
    title: 'Make a worksheet',
    text: 'In a project choose “New”, then “Sage worksheet”. Type into a cell and press Shift-Enter: it runs, and its output appears under it. A cell that begins with %md is text with formulas between dollar signs.',
  },
  {
    title: 'Sage or plain Python',
    text: 'The button beside “Restart” in a worksheet says what runs it: SageMath where it is installed, otherwise Python with sympy, numpy, scipy and matplotlib.',
  },
  {
    title: 'Stop a computation',
    text: 'Choose “Stop” in the worksheet, or press Ctrl-Shift-C. “Restart” begins anew; all variables are lost. A computation goes on when you close the page, and its output is there when you come back.',
  },
  {
    title: 'Work together',
    text: 'In the left panel of a project choose “People”, then “Invite”. Editors may change and run everything, viewers may look. The link of an invitation can be copied and sent by any way you like.',
  },
  {
    title: 'Terminal',
    text: 'Choose “New”, then “Terminal”. It goes on running when you close the page. Everybody with the project open sees the same screen.',
  },
  {
    title: 'Documents from programs',
    text: 'In a terminal, “salvus doc --help” tells how a script reads, changes and watches a document while people type in it: salvus doc edit notes.md -- sed s/teh/the/. In Python it is “import salvus_doc”. What others type stays, and “History” shows the program by its name.',
  },
  {
    title: 'Upload and download files',
    text: 'Choose “New”, then “Upload”, or drag files and folders onto the list. An upload that was cut off goes on where it was when you choose the same file again. “Download” is in the menu of each file.',
  },
  {
    title: 'Deleted files',
    text: 'Deleting moves to the trash: choose “Undo” in the note that appears, or “Trash” above the list of files and then “Restore”.',
  },
  {
    title: 'What a document was',
    text: 'Choose the turning arrow beside the tabs, “History”: it lists who changed the document when, and shows what it was at each of these times. “Restore this version” makes it so again, and “Undo” in the note that appears takes that back; what others type meanwhile stays.',
  },
  {
    title: 'Deleted projects',
    text: 'A deleted project waits in the trash for 30 days: choose “Trash” on the projects page, then “Undelete”.',
  },
  {
    title: 'Is my work saved',
    text: 'The button in the top bar says it: “Saved” is on the server. Offline you can go on typing; what you type is kept in this browser and sent when the connection is back, even after closing the page.',
  },
  {
    title: 'Change your password',
    text: 'Open the menu at the top right, then “Account”. There you also see every place you are signed in, and can sign out of each.',
  },
  {
    title: 'Formulas',
    text: 'In %md cells write LaTeX between dollar signs, such as $\\int_0^1 x^2\\,dx$. In Sage, show(x) typesets a result.',
  },
]

/** Topics that have every word of the query, those with a word in the title first. */
export function searchTopics(query: string): readonly HelpTopic[] {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  const found = TOPICS.filter((topic) => {
    const text = `${topic.title} ${topic.text}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
  const inTitle = (topic: HelpTopic): boolean =>
    words.some((word) => topic.title.toLowerCase().includes(word))
  return [...found.filter(inTitle), ...found.filter((topic) => !inTitle(topic))]
}
