//! The judge as a Python module.
//!
//! What text decides is decided here, without the interpreter's lock. What has to be executed is left to the caller,
//! who is given `None`.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMapping, PyString};
use tracestone_judge::gold::{Asked, Gold, Step};
use tracestone_judge::judge::{Status, Verdict as Judged};
use tracestone_judge::message::Stop;
use tracestone_judge::text::without_surrogates;

/// Decision about one response.
#[pyclass(frozen, module = "tracestone")]
struct Verdict(Judged);

#[pymethods]
impl Verdict {
    /// The verdict that a server's reply holds.
    #[staticmethod]
    fn from_json(text: &str) -> PyResult<Self> {
        let judged = serde_json::from_str(text);
        judged
            .map(Self)
            .map_err(|error| PyValueError::new_err(error.to_string()))
    }

    /// Category of the response: `correct`, `wrong`, `unparsable`, `truncated` ..
    #[getter]
    fn status(&self) -> &'static str {
        self.0.status.name()
    }

    /// Reason, as a countable identifier.
    #[getter]
    fn reason(&self) -> &str {
        &self.0.reason
    }

    /// Fraction of the answer that is right, in [0, 1]; 1 only for a correct one.
    #[getter]
    fn credit(&self) -> f64 {
        self.0.credit
    }

    /// True if the answer is right.
    #[getter]
    fn correct(&self) -> bool {
        self.0.status == Status::Correct
    }

    /// 1 for a correct response, 0 for any other.
    #[getter]
    fn reward(&self) -> f64 {
        f64::from(u8::from(self.correct()))
    }

    /// The answer that was found in the response.
    #[getter]
    fn answer(&self) -> Option<&str> {
        self.0.answer.as_deref()
    }

    /// The answer as it was understood.
    #[getter]
    fn parsed(&self) -> Option<&str> {
        self.0.parsed.as_deref()
    }

    /// Further observations, as JSON.
    #[getter]
    fn detail(&self) -> String {
        self.0.detail.to_string()
    }

    fn __repr__(&self) -> String {
        format!(
            "Verdict(status='{}', reason='{}', credit={})",
            self.status(),
            self.0.reason,
            self.0.credit
        )
    }
}

/// Judges a response to a sample; `None` if the answer has to be executed.
#[pyfunction]
#[pyo3(signature = (sample, response, truncated=false))]
fn judge(
    py: Python<'_>,
    sample: &Bound<'_, PyAny>,
    response: &Bound<'_, PyString>,
    truncated: bool,
) -> PyResult<Option<Verdict>> {
    let gold = gold(sample)?;
    // A string with half a surrogate pair is none in UTF-8.
    let response = response.to_string_lossy();
    let response: &str = &response;
    let stop = if truncated { Stop::Length } else { Stop::Stop };
    let step = py.detach(|| gold.look(response, stop));
    match step.map_err(PyValueError::new_err)? {
        Step::Decided(verdict) => Ok(Some(Verdict(verdict))),
        Step::Execute(_) => Ok(None),
    }
}

/// A sample from JSON, or from a mapping with the fields of a row.
fn gold(sample: &Bound<'_, PyAny>) -> PyResult<Gold> {
    if let Ok(text) = sample.cast::<PyString>() {
        let text = text.to_string_lossy();
        let text = without_surrogates(&text);
        let gold = serde_json::from_str(&text);
        return gold.map_err(|error| PyValueError::new_err(format!("the sample: {error}")));
    }
    let question = field(sample, "question")?;
    let question = question.map(|question| -> PyResult<Asked> {
        Ok(Asked {
            callee: text(&question, "callee")?,
            output: text(&question, "output")?,
            line: field(&question, "line")?
                .map(|line| line.extract())
                .transpose()?,
        })
    });
    let probes = field(sample, "probes")?;
    let probes = probes.map(|probes| -> PyResult<Vec<Gold>> {
        probes.try_iter()?.map(|probe| gold(&probe?)).collect()
    });
    Ok(Gold {
        id: text(sample, "id")?,
        kind: named(text(sample, "kind")?)?,
        answer: text(sample, "answer")?.unwrap_or_default(),
        probes: probes.transpose()?,
        call: text(sample, "call")?,
        language: named(text(sample, "language")?)?,
        program: text(sample, "program")?,
        setup: text(sample, "setup")?,
        entry: text(sample, "entry")?,
        question: question.transpose()?,
    })
}

/// A field of a mapping; nothing where it is absent or `None`.
fn field<'py>(sample: &Bound<'py, PyAny>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
    let found = if let Ok(dict) = sample.cast::<PyDict>() {
        dict.get_item(name)?
    } else {
        let mapping = sample.cast::<PyMapping>().map_err(|_| {
            PyTypeError::new_err("a sample is a mapping with the fields of a row, or its JSON")
        })?;
        match mapping.contains(name)? {
            true => Some(mapping.get_item(name)?),
            false => None,
        }
    };
    Ok(found.filter(|value| !value.is_none()))
}

fn text(sample: &Bound<'_, PyAny>, name: &str) -> PyResult<Option<String>> {
    let Some(value) = field(sample, name)? else {
        return Ok(None);
    };
    let text = value.cast::<PyString>().map_err(|_| {
        PyTypeError::new_err(format!("the field `{name}` of a sample is not a string"))
    })?;
    Ok(Some(text.to_string_lossy().into_owned()))
}

/// A value of an enumeration by its name.
fn named<T: serde::de::DeserializeOwned>(name: Option<String>) -> PyResult<Option<T>> {
    let read = name.map(|name| serde_json::from_value(serde_json::Value::String(name)));
    read.transpose()
        .map_err(|error| PyValueError::new_err(error.to_string()))
}

/// The judge's native part.
#[pymodule(gil_used = false)]
#[pyo3(name = "_native")]
fn native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Verdict>()?;
    module.add_function(wrap_pyfunction!(judge, module)?)
}
