"""The care for stored credentials: their deadlines, their faults, and the consequences of a leak."""
