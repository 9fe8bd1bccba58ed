"""The other services as AWS answers them, where moto differs in what a collector reads."""
