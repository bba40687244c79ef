"""What the API takes and gives, as marshmallow schemas, one module per noun; ``/openapi.json`` is made from them."""
