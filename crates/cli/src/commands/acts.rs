//! `tracestone acts`: writes the residual stream at the tokens of a ledger.

use serde_json::json;
use tracestone_interp::activations::DumpSettings;
use tracestone_interp::model::Site;
use tracestone_lab::{Dataset, Tokens, open_model, write_tokens};
use tracestone_record::words::counted;

use crate::args::ActsArgs;
use crate::device;
use crate::failure::{Exit, Failure};
use crate::printer::Printer;

/// Writes the activations of each part.
pub(crate) fn run(args: &ActsArgs, printer: &Printer) -> Result<Exit, Failure> {
    let mut model = open_model(&args.model, &device::open(&args.device)?)?;
    if let Some(seed) = args.untrained {
        model.decoder = model.decoder.twin(seed)?;
    }
    let data = Dataset::open(&args.data)?;
    let layers = model.decoder.config.layers;
    let sites = if args.site.is_empty() {
        Site::main(layers)
    } else {
        args.site
            .iter()
            .map(|name| site(name, layers))
            .collect::<Result<_, _>>()?
    };
    let settings = DumpSettings {
        sites,
        precision: args.precision,
        shard_rows: args.shard_rows,
        batch: args.batch,
        pad: model.vocabulary.as_ref().map_or(0, |words| words.pad),
    };
    let tokens = if args.all_words {
        Tokens::All
    } else {
        args.tokens
    };
    let mut written = Vec::new();
    for split in &args.split {
        let out = args.out.join(split.name());
        let from = (&model, args.model.as_path());
        let rows = (*split, tokens);
        let index = write_tokens(from, &data, rows, args.limit, &settings, &out, printer)?;
        let rows: usize = index.shards.iter().map(|shard| shard.rows).sum();
        printer.result(&format!(
            "{:>14} of {} at {}  {}",
            counted(rows as u64, "row"),
            counted(index.width as u64, "number"),
            index.sites.join(", "),
            out.display()
        ));
        written.push(json!({
            "split": split, "out": out, "rows": rows, "width": index.width, "sites": index.sites,
        }));
    }
    printer.json(&json!({ "written": written }));
    Ok(Exit::Success)
}

fn site(name: &str, layers: usize) -> Result<Site, Failure> {
    let inside = |site: &Site| match site {
        Site::Embed => true,
        Site::Middle(layer) | Site::Post(layer) => *layer < layers,
    };
    Site::from_name(name).filter(inside).ok_or_else(|| {
        Failure::new(format!("the model has no place `{name}`")).hinted(format!(
            "places are hook_embed, and for layers 0 to {}: blocks.LAYER.hook_resid_mid, \
             blocks.LAYER.hook_resid_post",
            layers.saturating_sub(1)
        ))
    })
}
