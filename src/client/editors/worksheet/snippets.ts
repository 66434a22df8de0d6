/** A piece of code for the toolbar. Where only one text is given, it runs in Sage and in plain Python alike. */
export interface Snippet {
  readonly title: string
  readonly sage?: string
  readonly python?: string
}

export interface SnippetGroup {
  readonly title: string
  readonly snippets: readonly Snippet[]
}

/** For Sage first, for plain Python with sympy, numpy and matplotlib second; the toolbar shows what runs. */
const BOTH = (title: string, code: string): Snippet => ({ title, sage: code, python: code })

const CALCULUS: SnippetGroup = {
  title: 'Calculus',
  snippets: [
    { title: 'Derivative', sage: `diff(x^2 * sin(x), x)`, python: sympy(`diff(x**2 * sin(x), x)`) },
    {
      title: 'Integral',
      sage: `show(integrate(x * exp(x), x))`,
      python: sympy(`show(integrate(x * exp(x), x))`),
    },
    {
      title: 'Definite integral',
      sage: `integrate(sin(x), x, 0, pi)`,
      python: sympy(`integrate(sin(x), (x, 0, pi))`),
    },
    {
      title: 'Numerical integral',
      sage: `numerical_integral(sin(x^2), 0, 1)`,
      python: `from scipy.integrate import quad\nimport numpy as np\nquad(lambda t: np.sin(t**2), 0, 1)`,
    },
    { title: 'Limit', sage: `limit(sin(x) / x, x=0)`, python: sympy(`limit(sin(x) / x, x, 0)`) },
    {
      title: 'Taylor series',
      sage: `show(taylor(cos(x), x, 0, 8))`,
      python: sympy(`show(series(cos(x), x, 0, 9))`),
    },
    {
      title: 'Differential equation',
      sage: `var('t')\ny = function('y')(t)\ndesolve(diff(y, t) + y == cos(t), y, ics=[0, 1])`,
      python: `from sympy import *\nt = symbols('t')\ny = Function('y')\ndsolve(Eq(y(t).diff(t) + y(t), cos(t)), y(t), ics={y(0): 1})`,
    },
  ],
}

const ALGEBRA: SnippetGroup = {
  title: 'Algebra',
  snippets: [
    {
      title: 'Variables',
      sage: `var('a, b, c')`,
      python: `from sympy import symbols\na, b, c = symbols('a b c')`,
    },
    { title: 'Factor', sage: `factor(x^3 - 1)`, python: sympy(`factor(x**3 - 1)`) },
    { title: 'Expand', sage: `expand((x + 1)^5)`, python: sympy(`expand((x + 1)**5)`) },
    {
      title: 'Simplify',
      sage: `(sin(x)^2 + cos(x)^2).simplify_full()`,
      python: sympy(`simplify(sin(x)**2 + cos(x)**2)`),
    },
    {
      title: 'Solve an equation',
      sage: `solve(x^2 - 3*x + 2 == 0, x)`,
      python: sympy(`solve(x**2 - 3*x + 2, x)`),
    },
    {
      title: 'Solve a system',
      sage: `var('y')\nsolve([x + y == 3, x - y == 1], x, y)`,
      python: `from sympy import *\nx, y = symbols('x y')\nsolve([x + y - 3, x - y - 1], [x, y])`,
    },
    {
      title: 'Polynomial ring',
      sage: `R.<x, y> = PolynomialRing(QQ)\nideal(x^2 + y^2 - 1, x - y).groebner_basis()`,
      python: `from sympy import *\nx, y = symbols('x y')\ngroebner([x**2 + y**2 - 1, x - y], x, y)`,
    },
  ],
}

const LINEAR_ALGEBRA: SnippetGroup = {
  title: 'Linear algebra',
  snippets: [
    {
      title: 'Matrix',
      sage: `A = matrix(QQ, 2, 2, [1, 2, 3, 4])\nshow(A)`,
      python: `from sympy import Matrix\nA = Matrix([[1, 2], [3, 4]])\nshow(A)`,
    },
    {
      title: 'Solve A x = b',
      sage: `A = matrix(QQ, [[2, 1], [1, 3]])\nb = vector(QQ, [3, 5])\nA \\ b`,
      python: `import numpy as np\nA = np.array([[2.0, 1], [1, 3]])\nb = np.array([3.0, 5])\nnp.linalg.solve(A, b)`,
    },
    {
      title: 'Determinant and inverse',
      sage: `A = matrix(QQ, [[1, 2], [3, 4]])\nA.det(), A.inverse()`,
      python: `from sympy import Matrix\nA = Matrix([[1, 2], [3, 4]])\nA.det(), A.inv()`,
    },
    {
      title: 'Eigenvalues',
      sage: `matrix(QQ, [[2, 1], [1, 2]]).eigenvalues()`,
      python: `from sympy import Matrix\nMatrix([[2, 1], [1, 2]]).eigenvals()`,
    },
    {
      title: 'Echelon form',
      sage: `matrix(QQ, [[1, 2, 3], [4, 5, 6]]).echelon_form()`,
      python: `from sympy import Matrix\nMatrix([[1, 2, 3], [4, 5, 6]]).rref()`,
    },
  ],
}

const GRAPHS: SnippetGroup = {
  title: 'Graphs',
  snippets: [
    { title: 'Named graph', sage: `G = graphs.PetersenGraph()\nshow(G)` },
    { title: 'Graph from edges', sage: `G = Graph({0: [1, 2], 1: [3], 2: [3]})\nshow(G)` },
    { title: 'Shortest path', sage: `G = graphs.CubeGraph(3)\nG.shortest_path('000', '111')` },
    { title: 'Chromatic number', sage: `graphs.PetersenGraph().chromatic_number()` },
    { title: 'Spanning tree', sage: `graphs.CompleteGraph(5).min_spanning_tree()` },
  ],
}

const NUMBER_THEORY: SnippetGroup = {
  title: 'Number theory',
  snippets: [
    {
      title: 'Factor an integer',
      sage: `factor(2026)`,
      python: `from sympy import factorint\nfactorint(2026)`,
    },
    {
      title: 'Primes in a range',
      sage: `list(primes(10, 50))`,
      python: `from sympy import primerange\nlist(primerange(10, 50))`,
    },
    {
      title: 'Is it prime?',
      sage: `is_prime(2^31 - 1)`,
      python: `from sympy import isprime\nisprime(2**31 - 1)`,
    },
    {
      title: 'Extended Euclid',
      sage: `xgcd(240, 46)`,
      python: `from sympy import gcdex\ngcdex(240, 46)`,
    },
    { title: 'Modular arithmetic', sage: `Mod(3, 7)^100`, python: `pow(3, 100, 7)` },
    { title: 'Elliptic curve', sage: `E = EllipticCurve([0, 0, 1, -1, 0])\nE.rank(), E.gens()` },
  ],
}

const PLOT_2D: SnippetGroup = {
  title: 'Plot 2D',
  snippets: [
    {
      title: 'Function',
      sage: `plot(sin(x), (x, -pi, pi))`,
      python: matplotlib(`x = np.linspace(-np.pi, np.pi, 400)\nplt.plot(x, np.sin(x))`),
    },
    {
      title: 'Several functions',
      sage: `plot([sin(x), cos(x)], (x, 0, 2*pi), legend_label=['sin', 'cos'])`,
      python: matplotlib(
        `x = np.linspace(0, 2*np.pi, 400)\nplt.plot(x, np.sin(x), label='sin')\nplt.plot(x, np.cos(x), label='cos')\nplt.legend()`,
      ),
    },
    {
      title: 'Parametric curve',
      sage: `var('t')\nparametric_plot((cos(3*t), sin(2*t)), (t, 0, 2*pi))`,
      python: matplotlib(
        `t = np.linspace(0, 2*np.pi, 600)\nplt.plot(np.cos(3*t), np.sin(2*t))\nplt.axis('equal')`,
      ),
    },
    {
      title: 'Points',
      sage: `points([(1, 1), (2, 4), (3, 9)], size=40)`,
      python: matplotlib(`plt.scatter([1, 2, 3], [1, 4, 9])`),
    },
    {
      title: 'Contours',
      sage: `var('y')\ncontour_plot(x^2 + y^2, (x, -2, 2), (y, -2, 2))`,
      python: matplotlib(
        `x, y = np.meshgrid(np.linspace(-2, 2), np.linspace(-2, 2))\nplt.contourf(x, y, x**2 + y**2)\nplt.colorbar()`,
      ),
    },
    {
      title: 'Vector field',
      sage: `var('y')\nplot_vector_field((-y, x), (x, -2, 2), (y, -2, 2))`,
      python: matplotlib(
        `x, y = np.meshgrid(np.linspace(-2, 2, 15), np.linspace(-2, 2, 15))\nplt.quiver(x, y, -y, x)`,
      ),
    },
  ],
}

const PLOT_3D: SnippetGroup = {
  title: 'Plot 3D',
  snippets: [
    {
      title: 'Surface',
      sage: `var('y')\nplot3d(sin(x) * cos(y), (x, -3, 3), (y, -3, 3))`,
      python: axes3d(
        `x, y = np.meshgrid(np.linspace(-3, 3), np.linspace(-3, 3))\naxes.plot_surface(x, y, np.sin(x) * np.cos(y), cmap='viridis')`,
      ),
    },
    {
      title: 'Space curve',
      sage: `var('t')\nparametric_plot3d((cos(t), sin(t), t/5), (t, 0, 6*pi))`,
      python: axes3d(`t = np.linspace(0, 6*np.pi, 500)\naxes.plot(np.cos(t), np.sin(t), t / 5)`),
    },
    {
      title: 'Sphere',
      sage: `sphere((0, 0, 0), 1, color='lightblue')`,
      python: axes3d(
        `u, v = np.mgrid[0:2*np.pi:40j, 0:np.pi:20j]\naxes.plot_surface(np.cos(u)*np.sin(v), np.sin(u)*np.sin(v), np.cos(v))`,
      ),
    },
  ],
}

const STATISTICS: SnippetGroup = {
  title: 'Statistics',
  snippets: [
    BOTH(
      'Mean and deviation',
      `import numpy as np\nv = np.array([1.0, 2, 4, 8])\nv.mean(), v.std(ddof=1)`,
    ),
    BOTH('Histogram', matplotlib(`plt.hist(np.random.default_rng(1).normal(size=1000), bins=30)`)),
    BOTH(
      'Linear regression',
      `from scipy import stats\nstats.linregress([1, 2, 3, 4], [2.1, 3.9, 6.2, 8.1])`,
    ),
    BOTH('t-test', `from scipy import stats\nstats.ttest_ind([5.1, 4.9, 5.6], [5.8, 6.1, 5.9])`),
    BOTH('Normal distribution', `from scipy.stats import norm\nnorm.cdf(1.96), norm.ppf(0.975)`),
  ],
}

const CONTROL_FLOW: SnippetGroup = {
  title: 'Control flow',
  snippets: [
    BOTH('for', `for k in range(5):\n    print(k)`),
    BOTH('while', `n = 10\nwhile n > 0:\n    n = n - 3\nprint(n)`),
    BOTH('if', `n = 7\nif n % 2 == 0:\n    print('even')\nelse:\n    print('odd')`),
    BOTH('Function', `def square(n):\n    """The square of n."""\n    return n * n\n\nsquare(4)`),
    BOTH('List comprehension', `[k * k for k in range(10) if k % 2 == 0]`),
    BOTH('try', `try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    print(error)`),
  ],
}

const MODES: SnippetGroup = {
  title: 'Modes',
  snippets: [
    BOTH('Text (markdown)', `%md\n# Title\n\nText with a formula $e^{i\\pi} = -1$.`),
    BOTH('HTML', `%html\n<h3>Title</h3>\n<p>Text with <b>markup</b>.</p>`),
    BOTH('LaTeX', `%latex\n\\int_0^1 x^2 \\, dx = \\frac{1}{3}`),
    BOTH('Plain Python', `%python\nprint(1 / 2)`),
    BOTH('Shell', `%sh\nls -l`),
    BOTH('Time a computation', `%time sum(range(10**6))`),
    BOTH('Hide the input', `%hide\nprint('only this shows')`),
  ],
}

const GROUPS: readonly SnippetGroup[] = [
  CALCULUS,
  ALGEBRA,
  LINEAR_ALGEBRA,
  GRAPHS,
  NUMBER_THEORY,
  PLOT_2D,
  PLOT_3D,
  STATISTICS,
  CONTROL_FLOW,
  MODES,
]

/** The groups with the code that fits what runs the worksheet; a group without any is left out. */
export function snippetGroups(mode: 'sage' | 'python'): readonly {
  readonly title: string
  readonly snippets: readonly { title: string; code: string }[]
}[] {
  return GROUPS.map((group) => ({
    title: group.title,
    snippets: group.snippets.flatMap(({ title, [mode]: code }) =>
      code === undefined ? [] : [{ title, code }],
    ),
  })).filter((group) => group.snippets.length > 0)
}

function sympy(code: string): string {
  return `from sympy import *\nx = symbols('x')\n${code}`
}

function matplotlib(code: string): string {
  return `import numpy as np\nimport matplotlib.pyplot as plt\n${code}\nplt.show()`
}

function axes3d(code: string): string {
  return `import numpy as np\nimport matplotlib.pyplot as plt\naxes = plt.figure().add_subplot(projection='3d')\n${code}\nplt.show()`
}
