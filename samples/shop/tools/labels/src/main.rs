//! Prints shipping labels: asks the shop for open orders, sends them to the printer.

use std::env;
use std::error::Error;

use serde::Deserialize;

const SHOP: &str = "https://shop.teeblatt.internal/orders?state=packed";
const SHOP_AUTH: &str = "Basic bGFiZWxzOkV0aWtldHQtcm9sbHQtMjc=";
const TOKEN_VARIABLE: &str = "PRINTER_TOKEN";
const KEY_FIELD: &str = "secret_key_ref";

#[derive(Deserialize)]
struct Order {
    id: u64,
    address: String,
    #[serde(rename = "pickup_token")]
    token: Option<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let printer_token = env::var(TOKEN_VARIABLE).map_err(|_| "PRINTER_TOKEN is not set")?;
    let http = reqwest::blocking::Client::new();
    let orders: Vec<Order> = http
        .get(SHOP)
        .header("Authorization", SHOP_AUTH)
        .send()?
        .json()?;
    for order in &orders {
        let token = order.token.as_deref().unwrap_or("no-pickup-token");
        http.post("http://printer.teeblatt.internal/labels")
            .bearer_auth(&printer_token)
            .query(&[("field", KEY_FIELD)])
            .body(format!("{}\n{}\n{}", order.id, order.address, token))
            .send()?
            .error_for_status()?;
    }
    println!("{} labels", orders.len());
    Ok(())
}
