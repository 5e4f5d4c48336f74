mod combination;
mod draft;
mod hashes;
mod limits;
mod shape;
mod state;
mod validation;
