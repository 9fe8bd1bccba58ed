"""The path of data through handler code: from what an event brings to where it does harm."""
