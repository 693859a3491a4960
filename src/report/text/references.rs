//! The frameworks that findings belong to, as text.

use super::push_line;
use crate::report::Framework;

/// The frameworks, each identifier with what it is about and the rules whose findings belong to it.
pub fn references(frameworks: &[Framework]) -> String {
    let mut text = String::new();
    for (place, framework) in frameworks.iter().enumerate() {
        let gap = if place > 0 { "\n" } else { "" };
        push_line(&mut text, &format!("{gap}{}: {}", framework.name, framework.source));
        for item in &framework.items {
            push_line(&mut text, &format!("  {:<10} {}", item.id, item.about));
            push_line(&mut text, &format!("  {:<10}   {}", "", item.rules.join(", ")));
        }
    }
    text
}
