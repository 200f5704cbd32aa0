package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
	"time"
)

// Measures of the picture, in pixels.
const (
	columnWidth = 8.4
	rowHeight   = 18
	fontSize    = 14
	margin      = 16
	// frameWidth is that of one frame in the strip of all frames.
	frameWidth = columns * columnWidth
)

// style has the colours for light and dark; those of GitHub, which are easy to read
// there. Where nothing moves, the last frame is shown.
const style = `
.b{fill:#f6f8fa;stroke:#d0d7de}
text{fill:#1f2328;font:%dpx ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace}
.d{fill:#656d76}.o{font-weight:bold}
.c31{fill:#cf222e}.c32{fill:#116329}.c33{fill:#7d4e00}.c34{fill:#0969da}.c35{fill:#8250df}.c36{fill:#1b7c83}
@media (prefers-color-scheme:dark){
.b{fill:#0d1117;stroke:#30363d}
text{fill:#e6edf3}
.d{fill:#848d97}
.c31{fill:#ff7b72}.c32{fill:#56d364}.c33{fill:#e3b341}.c34{fill:#79c0ff}.c35{fill:#d2a8ff}.c36{fill:#76e3ea}
}
.s{transform:translateX(%gpx)}
@media (prefers-reduced-motion:no-preference){.s{animation:s %gs step-end infinite}}
@keyframes s{
`

// svgLines are the lines of the screen as SVG. An empty line is "".
func (s *screen) svgLines() (lines [rows]string) {
	for row := range s.cells {
		lines[row] = svgLine(s.cells[row][:])
	}
	return lines
}

// svgLine writes each run of text in one look, stretched to its columns whatever the
// font is. More than one space ends a run: browsers show several as one.
func svgLine(cells []cell) string {
	var line strings.Builder
	for from := 0; from < len(cells); {
		to := from + 1
		for to < len(cells) && (cells[to].look == cells[from].look || cells[to].text == "") && !(cells[to-1].text == " " && cells[to].text == " ") {
			to++
		}
		line.WriteString(svgRun(cells[from:to], from))
		from = to
	}
	return line.String()
}

func svgRun(cells []cell, col int) string {
	for len(cells) > 0 && cells[len(cells)-1].text == " " {
		cells = cells[:len(cells)-1]
	}
	for len(cells) > 0 && cells[0].text == " " {
		cells, col = cells[1:], col+1
	}
	if len(cells) == 0 {
		return ""
	}
	var text bytes.Buffer
	for _, c := range cells {
		_ = xml.EscapeText(&text, []byte(c.text)) // a buffer takes everything
	}
	return fmt.Sprintf(`<text x="%.5g"%s textLength="%.5g" lengthAdjust="spacingAndGlyphs">%s</text>`,
		float64(col)*columnWidth, cells[0].look.class(), float64(len(cells))*columnWidth, text.String())
}

// class is the attribute for a look.
func (l look) class() string {
	var names []string
	if l.color > 0 {
		names = append(names, fmt.Sprintf("c%d", l.color))
	}
	if l.bold {
		names = append(names, "o")
	}
	if l.dim {
		names = append(names, "d")
	}
	if names == nil {
		return ""
	}
	return ` class="` + strings.Join(names, " ") + `"`
}

// picture is a film of so long a time. All frames stand side by side in a strip, which
// an animation pulls past a window. Lines that several frames show are written once.
func picture(frames []frame, length time.Duration) []byte {
	var out bytes.Buffer
	width, height := frameWidth+2*margin, float64(rows*rowHeight+2*margin)
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" width="%g" height="%g" viewBox="0 0 %g %g" role="img">`, width, height, width, height)
	out.WriteString("\n<title>tootfill in a terminal: it looks up an account, and fills four</title>\n<style>")
	fmt.Fprintf(&out, style, fontSize, -float64(len(frames)-1)*frameWidth, length.Seconds())
	for i, f := range frames {
		fmt.Fprintf(&out, "%.4g%%{transform:translateX(%gpx)}\n", 100*f.at.Seconds()/length.Seconds(), -float64(i)*frameWidth)
	}
	out.WriteString("}\n</style>\n")
	fmt.Fprintf(&out, `<rect class="b" x=".5" y=".5" width="%g" height="%g" rx="8"/>`, width-1, height-1)
	names := writeLines(&out, frames)
	fmt.Fprintf(&out, "\n"+`<svg x="%d" y="%d" width="%g" height="%d"><g class="s">`, margin, margin, frameWidth, rows*rowHeight)
	for i, f := range frames {
		fmt.Fprintf(&out, "\n"+`<g transform="translate(%g)">`, float64(i)*frameWidth)
		for row, line := range f.lines {
			if line != "" {
				fmt.Fprintf(&out, `<use href="#l%d" y="%d"/>`, names[line], row*rowHeight+fontSize)
			}
		}
		out.WriteString("</g>")
	}
	out.WriteString("\n</g></svg></svg>\n")
	return out.Bytes()
}

// writeLines writes each line once, and returns their numbers.
func writeLines(out *bytes.Buffer, frames []frame) map[string]int {
	names := make(map[string]int)
	out.WriteString("\n<defs>")
	for _, f := range frames {
		for _, line := range f.lines {
			if _, known := names[line]; known || line == "" {
				continue
			}
			names[line] = len(names)
			fmt.Fprintf(out, "\n"+`<g id="l%d">%s</g>`, names[line], line)
		}
	}
	out.WriteString("\n</defs>")
	return names
}
