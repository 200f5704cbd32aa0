package chart

import "tootfill/backfill/coverage"

// kind is a kind of posts in a bar. Its class names its colour and pattern.
type kind struct {
	name, class string
	of          func(coverage.Counts) int
}

// dated are the kinds of posts that have dates, from the bottom of a bar upwards.
var dated = [...]kind{
	{"held", "held", func(c coverage.Counts) int { return c.Held }},
	{"importable", "importable", func(c coverage.Counts) int { return c.Importable }},
	{"refused", "refused", func(c coverage.Counts) int { return c.Refused }},
}

// notOffered are the posts of which no date is known, so they stand in no bar.
var notOffered = kind{"not offered", "absent", func(c coverage.Counts) int { return c.NotOffered }}

// kinds are all of them, in their order.
var kinds = [...]kind{dated[0], dated[1], dated[2], notOffered}

// colours are those of Okabe and Ito's palette, which colour-blind people tell apart:
// blue, vermillion and purple, the last one darkened, on white; sky blue, orange and
// purple on black. Each has a contrast of 3:1 or more against its ground. The patterns
// tell the kinds apart without colours.
const colours = `text{fill:#1b1f23;font:11px system-ui,sans-serif}.axis{stroke:#6b7280;fill:none}.ground{fill:#fff}
.held{fill:#0072b2}.importable{fill:url(#importable)}.refused{fill:url(#refused)}.absent{fill:url(#absent)}
.bars path{fill:none}.bars .held{stroke:#0072b2}.bars .importable{stroke:url(#importable)}.bars .refused{stroke:url(#refused)}
.a{fill:#d55e00}.b{fill:#a8487f}.c{stroke:#5c6670;stroke-width:1.2}.line{stroke:#fff}.dot{fill:#fff}
@media screen and (prefers-color-scheme:dark){text{fill:#e6e8eb}.axis{stroke:#9aa3ad}.ground{fill:#14171a}
.held{fill:#56b4e9}.bars .held{stroke:#56b4e9}.a{fill:#e69f00}.b{fill:#cc79a7}.c{stroke:#a9b2bc}.line{stroke:#14171a}.dot{fill:#14171a}}
`

// patterns are stripes, dots and hatching.
const patterns = `<defs>` +
	`<pattern id="importable" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="a" width="4" height="4"/><path class="line" d="M0 0v4"/></pattern>` +
	`<pattern id="refused" width="4" height="4" patternUnits="userSpaceOnUse"><rect class="b" width="4" height="4"/><circle class="dot" cx="2" cy="2" r=".8"/></pattern>` +
	`<pattern id="absent" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)"><path class="c" d="M1 0v4"/></pattern>` +
	`</defs>`
