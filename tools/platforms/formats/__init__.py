"""File formats and values that several platforms share."""

__all__ = ["archive", "cells", "contact_details", "instants", "markup", "mbox", "mbox_messages", "records", "vcard"]
__all__ = ["archive", "cells", "contact_details", "instants", "markup", "mbox", "mbox_messages", "records", "vcard"]
