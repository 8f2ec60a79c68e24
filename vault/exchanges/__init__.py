"""Exchange profiles: data, one TOML file an exchange."""
