//! Where the findings belong in the frameworks that an organisation answers to.

use std::collections::BTreeMap;

use maud::{Markup, html};

use crate::report::words::{self, count, printable};
use crate::report::{Finding, Framework};

/// The identifiers that the findings of this report belong to.
pub(super) fn appendix(frameworks: &[Framework], findings: &[Finding]) -> Markup {
    let mut cited: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for finding in findings {
        for (framework, ids) in &finding.references {
            for id in ids {
                *cited.entry((framework, id)).or_default() += 1;
            }
        }
    }
    html! {
        @if !cited.is_empty() {
            section {
                h2 { "Where the findings belong in frameworks" }
                @for framework in frameworks {
                    @let items: Vec<_> = framework
                        .items
                        .iter()
                        .filter_map(|item| Some((item, cited.get(&(&*framework.id, &*item.id))?)))
                        .collect();
                    @if !items.is_empty() {
                        h3 { (words::framework(&framework.id)) }
                        table {
                            thead { tr { th scope="col" { "Identifier" } th scope="col" { "What it is about" } th.number scope="col" { "Findings" } } }
                            tbody {
                                @for (item, findings) in items {
                                    tr { th scope="row" { (item.id) } td { (item.about) } td.number { (count(*findings)) } }
                                }
                            }
                        }
                        p.note { "Source: " (printable(&framework.source)) }
                    }
                }
            }
        }
    }
}
