"""%latex: a whole document's body, by pdflatex where it is, otherwise as far as the page can typeset it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile

from .salvus_api import Salvus

LATEX_SECONDS = 30.0

DOCUMENT = r"""\documentclass[12pt]{article}
\usepackage{amsmath,amssymb,amsfonts,graphicx}
\pagestyle{empty}
\begin{document}
%s
\end{document}
"""

REMEDY = (
    "*Typeset by the page: for all of LaTeX, install it "
    "(`apt install texlive-latex-base texlive-latex-recommended dvisvgm`).*"
)


def latex(text: str, salvus: Salvus) -> None:
    if shutil.which("latex") is None or shutil.which("dvisvgm") is None:
        is_mixed = any(mark in text for mark in ("$", r"\[", r"\("))
        if is_mixed:
            salvus.md(text)
        else:
            salvus.tex(text.strip())
        if r"\usepackage" in text or r"\begin{" in text:
            salvus.md(REMEDY)
        return
    source = text if r"\documentclass" in text else DOCUMENT % text
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "cell.tex"), "w", encoding="utf-8") as file:
            file.write(source)
        _call(["latex", "-interaction=nonstopmode", "-no-shell-escape", "cell.tex"], folder)
        _call(["dvisvgm", "--no-fonts", "--exact", "--scale=1.4", "-o", "cell.svg", "cell.dvi"], folder)
        salvus.keep_file(os.path.join(folder, "cell.svg"), "latex.svg")


def _call(command: list[str], folder: str) -> None:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, errors="replace", timeout=LATEX_SECONDS
    )
    if done.returncode != 0:
        lines = [line for line in done.stdout.splitlines() if line.startswith(("!", "l."))]
        raise ValueError("\n".join(lines) or done.stderr or f"{command[0]} failed")
