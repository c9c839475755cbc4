"""How Sphinx builds the site: Markdown through MyST, the API from docstrings; nothing is fetched from elsewhere."""

from __future__ import annotations

import sys
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
# Importing mlkd makes that of MMDetection's operators possible.
import mlkd  # noqa: E402
import mlkd.compat  # noqa: E402

project = 'mlkd'
author = 'mlkd contributors'
version = release = mlkd.__version__

extensions = ['myst_parser', 'sphinx.ext.autodoc', 'sphinx.ext.napoleon']
source_suffix = {'.md': 'markdown'}
exclude_patterns = ['_build']

myst_heading_anchors = 3
# Blocks are shell, Python and plain text in turn; those that name their language are coloured.
highlight_language = 'text'

autodoc_member_order = 'bysource'
autodoc_typehints = 'none'
autodoc_default_options = {'members': True, 'show-inheritance': True}
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False

html_theme = 'furo'
html_title = f'mlkd {version}'
html_copy_source = False
html_show_copyright = False
html_math_renderer = 'tex'


def _math(translator: HTML5Translator, node: nodes.math | nodes.math_block) -> None:
    """Formulas as they are written: MathJax would be fetched from elsewhere."""
    block = isinstance(node, nodes.math_block)
    translator.body.append(translator.starttag(node, 'pre' if block else 'code', '', CLASS='math'))
    translator.body.append(translator.encode(node.astext()) + ('</pre>' if block else '</code>'))
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.add_html_math_renderer('tex', (_math, None), (_math, None))
