"""The fixed head of every printed report: page, type, colour, and one function per kind of content.

Fonts are those that the `typst` package embeds (a serif for text, a monospace for refs and shapes; it
embeds no sans), so that a report looks the same on every machine.
"""

from __future__ import annotations

from typing import Final

__all__ = ["PRELUDE"]

PRELUDE: Final = r"""
#let ink = oklch(21%, 0.02, 255deg)
#let pale = oklch(46%, 0.02, 255deg)
#let sea = oklch(43%, 0.09, 235deg)
#let hair = 0.4pt + oklch(80%, 0.01, 255deg)
#let tones = (
  red: oklch(47%, 0.18, 27deg), amber: oklch(50%, 0.11, 70deg),
  green: oklch(45%, 0.1, 152deg), white: pale,
)
#let mono = "DejaVu Sans Mono"
#let hatching = tiling(size: (3.2pt, 3.2pt), {
  place(line(start: (0%, 100%), end: (100%, 0%), stroke: 0.4pt + oklch(76%, 0.04, 235deg)))
})

#let t(words) = text(words)
#let stressed(words) = text(weight: 600, words)
#let aside(words) = text(size: 0.9em, fill: pale, words)
#let to(url, body) = if url == none { body } else { link(url, body) }
#let ref-to(ref, url) = to(url, box(text(font: mono, size: 0.8em, fill: sea, ref)))
#let hatch(body) = highlight(fill: hatching, extent: 1pt, body)
#let hatched(words, kind) = { hatch(words); aside(" (" + kind + ")") }
#let number(words, mark, url, prior) = {
  let shown = to(url, words)
  if prior { hatch(shown) } else { shown }
  if mark != "" { super(size: 0.66em, text(fill: sea, mark)) }
}
#let status(kind, shape, words) = box({
  text(font: mono, size: 0.86em, fill: tones.at(kind), shape)
  text(weight: 600, fill: tones.at(kind), "\u{a0}" + words)
})
#let verdict(word, words) = par({ stressed(word); text(" " + words) })
#let items(entries) = list(
  marker: text(fill: pale, "–"), body-indent: 0.5em, spacing: 0.62em, ..entries,
)
#let pairs(entries) = grid(
  columns: (auto, 1fr), column-gutter: 1em, row-gutter: 0.6em,
  ..entries.map(((label, content)) => (text(fill: pale, label), content)).flatten(),
)
#let drawing(picture, width, caption) = block(breakable: false, {
  block(width: width, picture, below: 0.5em)
  aside(caption)
})
#let grid-of(caption, widths, leaning, head, rows) = {
  par(aside(caption))
  table(
    columns: widths, align: leaning, stroke: none, inset: (x: 0pt, y: 0.4em), column-gutter: 0.9em,
    table.header(..head.map(words => text(size: 0.86em, fill: pale, words))),
    table.hline(stroke: hair),
    ..rows.flatten(),
  )
}
#let labelled(count, label, state, body) = block(above: 0.75em, below: 0.75em, width: 100%, {
  line(length: 100%, stroke: hair)
  v(0.55em, weak: true)
  grid(
    columns: (1.6em, 10em, 1fr), column-gutter: (0pt, 1.2em),
    text(font: mono, size: 0.8em, fill: sea, count),
    { show heading: set block(above: 0pt, below: 0pt); heading(level: 2, label) },
    if state == none { body } else { grid(columns: (auto, 1fr), column-gutter: 0.9em, state, body) },
  )
})
#let sources(entries) = block(above: 0.9em, width: 100%, {
  line(length: 100%, stroke: hair)
  v(0.5em, weak: true)
  set text(size: 0.8em, fill: pale)
  set par(leading: 0.5em)
  show heading: set text(size: 1em)
  show heading: set block(above: 0pt, below: 0.6em)
  heading(level: 2, outlined: false, "Sources")
  entries.map(((mark, label, url)) => {
    text(fill: sea, weight: 600, mark)
    "\u{a0}"
    to(url, label)
  }).join("   ")
})
#let sizes = (9.8pt, 9.6pt, 9.4pt, 9.2pt, 9pt, 8.8pt, 8.6pt, 8.4pt, 8.2pt, 8pt, 7.8pt, 7.6pt)
#let face(size, airy, body) = {
  set text(size: size)
  set par(leading: 0.52em, spacing: if airy { 0.95em } else { 0.62em })
  show heading: set text(weight: 600, size: size)
  show heading.where(level: 2): set block(above: 1.6em, below: 0.7em)
  show heading.where(level: 3): set block(above: 1.2em, below: 0.6em)
  show heading.where(level: 4): set text(fill: pale)
  body()
}
#let report(title: "", subtitle: "", lang: "en", region: none, footer: (), one-page: false, body) = {
  set document(title: title, date: auto)
  set page(
    paper: "a4", margin: (x: 18mm, top: 15mm, bottom: 19mm), footer-descent: 5mm,
    footer: {
      set text(font: mono, size: 5.8pt, fill: pale)
      line(length: 100%, stroke: hair)
      v(1.6mm, weak: true)
      grid(
        columns: (1fr, auto), column-gutter: 4mm,
        footer.join(" · "),
        context counter(page).display("1/1", both: true),
      )
    },
  )
  set text(
    font: ("Libertinus Serif", mono), size: 9.6pt, fill: ink, lang: lang, region: region,
    hyphenate: false, number-type: "lining", number-width: "tabular",
  )
  show heading.where(level: 1): set block(above: 0pt, below: 3mm)
  let whole(size) = face(size, not one-page, () => {
    heading(level: 1, text(size: 19pt, title))
    text(size: 9.6pt, fill: pale, subtitle)
    v(1.5mm)
    body()
  })
  if one-page {
    layout(area => {
      let fits(size) = measure(block(width: area.width, whole(size))).height <= area.height
      let fitting = sizes.find(fits)
      whole(if fitting == none { sizes.last() } else { fitting })
    })
  } else {
    whole(sizes.first())
  }
}
""".strip()
"""Typst code that defines `report` and the functions that its body may call."""
