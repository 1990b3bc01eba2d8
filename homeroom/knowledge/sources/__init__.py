"""What a district has already, made into articles: tables, calendars, pages, documents, folders."""
