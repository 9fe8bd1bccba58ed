"""Everything that makes an Inventory: live accounts, templates, snapshots."""
