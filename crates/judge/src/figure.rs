//! Drawings of answers: lines, dots and words that the page of a run shows beside its texts.

use serde::{Deserialize, Serialize};
use tracestone_record::outside;

/// A drawing in its own units.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// Description for those who do not see it, and for the tooltip.
    pub title: String,
    /// Width in pixels.
    pub width: f64,
    /// Height in pixels.
    pub height: f64,
    /// The shapes that are drawn, the first at the bottom.
    pub shapes: Vec<Shape>,
    /// The meaning of the colours, in order.
    pub key: Vec<(Ink, String)>,
}

/// The colour of a shape, by what it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ink {
    /// A part of the model's answer.
    Answer,
    /// A part of the right answer.
    Truth,
    /// A fault of the answer.
    Wrong,
    /// The material that the question is about.
    Given,
    /// A program without a model.
    Baseline,
    /// Axes and frames.
    Frame,
}

impl Ink {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Answer,
        Self::Truth,
        Self::Wrong,
        Self::Given,
        Self::Baseline,
        Self::Frame,
    ];

    /// The class in the page.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Truth => "truth",
            Self::Wrong => "wrong",
            Self::Given => "given",
            Self::Baseline => "baseline",
            Self::Frame => "frame",
        }
    }
}

/// A part of a drawing; places are in pixels from the upper left corner.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "shape", rename_all = "lowercase")]
pub enum Shape {
    /// A line through points.
    Line {
        /// Its points in order.
        points: Vec<[f64; 2]>,
        /// Its colour by meaning.
        ink: Ink,
        /// Width of the line.
        width: f64,
    },
    /// A filled circle.
    Dot {
        /// Place of the centre.
        at: [f64; 2],
        /// Its radius in units.
        radius: f64,
        /// Its colour by meaning.
        ink: Ink,
        /// Text of the tooltip; empty for none.
        title: String,
    },
    /// A ring around something.
    Ring {
        /// Place of the centre.
        at: [f64; 2],
        /// Its radius in units.
        radius: f64,
        /// Its colour by meaning.
        ink: Ink,
        /// Text of the tooltip; empty for none.
        title: String,
    },
    /// A filled rectangle.
    Band {
        /// The upper left corner.
        at: [f64; 2],
        /// Width and height.
        size: [f64; 2],
        /// Its colour by meaning.
        ink: Ink,
        /// Text of the tooltip; empty for none.
        title: String,
    },
    /// Words that begin at a place.
    Words {
        /// The left end of the line of letters.
        at: [f64; 2],
        /// The text, one line.
        text: String,
        /// Its colour by meaning.
        ink: Ink,
    },
}

/// A number as it stands in a drawing: two decimals are far below a pixel.
fn short(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

impl Figure {
    /// The same figure with places in hundredths of a pixel, so that it takes less room in a page.
    #[must_use]
    pub fn rounded(mut self) -> Self {
        let round = |pair: &mut [f64; 2]| *pair = pair.map(short);
        for shape in &mut self.shapes {
            match shape {
                Shape::Line { points, .. } => points.iter_mut().for_each(round),
                Shape::Dot { at, .. } | Shape::Ring { at, .. } | Shape::Words { at, .. } => {
                    round(at);
                }
                Shape::Band { at, size, .. } => {
                    round(at);
                    round(size);
                }
            }
        }
        self
    }

    /// The drawing as an SVG file of its own: no script, no style from elsewhere, every text escaped.
    #[must_use]
    pub fn svg(&self) -> String {
        let (width, height) = (short(self.width), short(self.height));
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} \
             {height}\" role=\"img\" font-family=\"sans-serif\" font-size=\"12\">\n<title>{}</title>\n\
             <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
            escaped(&self.title)
        );
        for shape in &self.shapes {
            out.push_str(&element(shape));
        }
        out.push_str("</svg>\n");
        out
    }
}

/// Colours for a white ground; the page has its own for light and dark.
fn colour(ink: Ink) -> &'static str {
    match ink {
        Ink::Answer => "#1f5fbf",
        Ink::Truth => "#2a7f3f",
        Ink::Wrong => "#c22f2f",
        Ink::Given => "#555",
        Ink::Baseline => "#9a6b00",
        Ink::Frame => "#999",
    }
}

fn element(shape: &Shape) -> String {
    match shape {
        Shape::Line { points, ink, width } => {
            let points: Vec<_> = points
                .iter()
                .map(|[x, y]| format!("{},{}", short(*x), short(*y)))
                .collect();
            let (points, width, colour) = (points.join(" "), short(*width), colour(*ink));
            format!(
                "<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\"/>\n"
            )
        }
        Shape::Dot {
            at,
            radius,
            ink,
            title,
        } => circle(*at, *radius, &format!("fill=\"{}\"", colour(*ink)), title),
        Shape::Ring {
            at,
            radius,
            ink,
            title,
        } => {
            let style = format!(
                "fill=\"none\" stroke=\"{}\" stroke-width=\"2\"",
                colour(*ink)
            );
            circle(*at, *radius, &style, title)
        }
        Shape::Band {
            at,
            size,
            ink,
            title,
        } => {
            let ([x, y], [width, height]) = (at.map(short), size.map(short));
            format!(
                "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{}\" \
                 fill-opacity=\"0.2\"><title>{}</title></rect>\n",
                colour(*ink),
                escaped(title)
            )
        }
        Shape::Words { at, text, ink } => {
            let ([x, y], colour, text) = (at.map(short), colour(*ink), escaped(text));
            format!("<text x=\"{x}\" y=\"{y}\" fill=\"{colour}\">{text}</text>\n")
        }
    }
}

fn circle(at: [f64; 2], radius: f64, style: &str, title: &str) -> String {
    let ([x, y], radius) = (at.map(short), short(radius));
    let title = escaped(title);
    format!(
        "<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" {style}><title>{title}</title></circle>\n"
    )
}

fn escaped(text: &str) -> String {
    let clean = outside::line(text);
    let mut out = String::with_capacity(clean.len());
    for c in clean.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_every_shape_and_text_stays_text() {
        let figure = Figure {
            title: "<b>&".to_owned(),
            width: 100.0,
            height: 50.0,
            shapes: vec![
                Shape::Line {
                    points: vec![[0.0, 1.0], [2.0 / 3.0, 1.5]],
                    ink: Ink::Answer,
                    width: 1.0,
                },
                Shape::Dot {
                    at: [1.0, 2.0],
                    radius: 3.0,
                    ink: Ink::Wrong,
                    title: "</svg>{}".to_owned(),
                },
                Shape::Words {
                    at: [1.0, 2.0],
                    text: "<script>".to_owned(),
                    ink: Ink::Frame,
                },
            ],
            key: Vec::new(),
        };
        let svg = figure.svg();
        assert!(svg.contains("<title>&lt;b&gt;&amp;</title>"));
        assert!(svg.contains("points=\"0,1 0.67,1.5\""));
        assert!(svg.contains("&lt;script&gt;") && !svg.contains("<script"));
        assert_eq!(svg.matches("</svg>").count(), 1);
    }
}
